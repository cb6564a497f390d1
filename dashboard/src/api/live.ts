import { Pause } from './pause';
import { signedChannel, type SignedTold } from './signed';

/**
 * One stream of events for each namespace, whatever reads it. A Source knows nothing of React or of tabs: the same
 * runs in a worker that all tabs share, and in the page where there are no such workers.
 */
export type LiveEvent =
  | { kind: 'job' | 'removed' | 'reset' | 'synced'; data: string }
  | { kind: 'end'; data: string }
  /** The worker that tabs share has taken in who asked with that number. */
  | { kind: 'joined'; data: string }
  | { kind: 'state'; data: 'live' | 'lost' | 'refused' };

export type Listener = (event: LiveEvent) => void;

/** Of which jobs, and for whom: the cookie that a stream is opened with may by then be another's, whom the service then refuses. */
export interface Subject {
  scope: string | null;
  user: string;
  /** What stands before /api, for a worker that doesn't know it. */
  base: string;
}

/** Where a stream is; from is the position of a list that the listener already has. */
export function streamURL({ scope, user, base }: Subject, from?: string): string {
  const path = `${base}/api/v1/streams/${scope === null ? '' : `namespaces/${scope}/`}trainingjobs`;
  const query = new URLSearchParams({ ...(user && { callerIs: user }), ...(from && { from }) }).toString();
  return query === '' ? path : `${path}?${query}`;
}

const kinds = ['job', 'removed', 'reset', 'synced', 'end'] as const;

/** The service gives a sign of life each 15 seconds: where three are missing the connection is lost, though nobody says so. */
const silence = 45_000;

/** open keeps a stream open until the function it returns is called. */
export function open(of: Subject, from: string | undefined, tell: Listener): () => void {
  let last = from;
  const pause = new Pause();
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let silent: ReturnType<typeof setTimeout> | undefined;

  /** Something was heard of the stream, or it was begun. */
  const heard = () => {
    clearTimeout(silent);
    silent = setTimeout(() => {
      tell({ kind: 'state', data: 'lost' });
      source?.close();
      connect();
    }, silence);
  };
  const connect = () => {
    const s = new EventSource(streamURL(of, last));
    source = s;
    heard();
    s.onopen = () => {
      heard();
      tell({ kind: 'state', data: 'live' });
    };
    const note = (e: MessageEvent<string>) => {
      if (s !== source) return;
      heard();
      if (e.lastEventId) last = e.lastEventId;
    };
    s.addEventListener('beat', note);
    for (const kind of kinds) {
      s.addEventListener(kind, (e: MessageEvent<string>) => {
        note(e);
        // One that ends as soon as it is open is begun ever later too.
        if (kind !== 'end') pause.reset();
        tell({ kind, data: e.data });
        if (kind === 'end') again(s);
      });
    }
    s.onerror = () => {
      heard();
      // After a lost connection the browser tries again by itself, after a refusal it doesn't.
      const refused = s.readyState === EventSource.CLOSED;
      tell({ kind: 'state', data: refused ? 'refused' : 'lost' });
      if (refused) again(s);
    };
  };
  const again = (s: EventSource) => {
    s.close();
    clearTimeout(silent);
    clearTimeout(timer);
    timer = setTimeout(connect, pause.next());
  };
  /** What it was refused for may be over: it doesn't wait for the end of its pause. */
  const now = () => {
    if (source?.readyState === EventSource.OPEN) return;
    source?.close();
    clearTimeout(timer);
    pause.reset();
    connect();
  };
  const signed = signedChannel();
  signed?.addEventListener('message', ({ data }: MessageEvent<SignedTold>) => data === 'in' && now());
  addEventListener('online', now);
  connect();
  return () => {
    clearTimeout(timer);
    clearTimeout(silent);
    source?.close();
    signed?.close();
    removeEventListener('online', now);
  };
}
