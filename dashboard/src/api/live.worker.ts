/// <reference lib="webworker" />
import { open, type LiveEvent, type Subject } from './live';

/** A tab asks for a stream, and gets its events until it closes. */
export interface Ask extends Subject {
  from?: string;
  /** A lock the tab holds as long as it lives: ports don't tell that their other end is gone. */
  lock: string;
  /** Told back when the tab is in: what comes before that is of an earlier stream. */
  number: string;
}

interface Shared {
  ports: Map<MessagePort, Ask>;
  close: () => void;
  state: LiveEvent;
}

/** Ports whose tab is waited for. */
const watched = new WeakSet<MessagePort>();
const streams = new Map<string, Shared>();
/** What is for one user is told to no tab of another. */
const keyOf = ({ scope, user, base }: Subject) => JSON.stringify([base, user, scope]);

function leave(port: MessagePort) {
  for (const [key, s] of streams) {
    if (s.ports.delete(port) && s.ports.size === 0) {
      s.close();
      streams.delete(key);
    }
  }
}

function join(port: MessagePort, ask: Ask) {
  leave(port);
  port.postMessage({ kind: 'joined', data: ask.number } satisfies LiveEvent);
  const key = keyOf(ask);
  const known = streams.get(key);
  if (known) {
    known.ports.set(port, ask);
    // What changed between the tab's list and now went by: it reads the list once more.
    port.postMessage({ kind: 'reset', data: '' } satisfies LiveEvent);
    port.postMessage(known.state);
    return;
  }
  const shared: Shared = { ports: new Map([[port, ask]]), state: { kind: 'state', data: 'lost' }, close: () => undefined };
  streams.set(key, shared);
  shared.close = open(ask, ask.from, (event) => {
    if (event.kind === 'state') shared.state = event;
    for (const p of shared.ports.keys()) p.postMessage(event);
  });
}

const scope = self as unknown as SharedWorkerGlobalScope;
scope.onconnect = (e) => {
  const port = e.ports[0];
  if (!port) return;
  port.onmessage = (m: MessageEvent<Ask | null>) => {
    const ask = m.data;
    if (!ask) {
      leave(port);
      return;
    }
    join(port, ask);
    if (watched.has(port)) return;
    watched.add(port);
    void navigator.locks.request(ask.lock, () => leave(port));
  };
};
