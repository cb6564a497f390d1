import { ask } from './answer';
import { base } from './base';
import { typed, type JobRef } from './job';
import { Pause } from './pause';
import { asProblem, final, problemOf, ProblemError } from './problem';
import type { LogLine, Problem } from './types';

/** Whose log: -1 is the Launcher, a number one Worker, or what the job's type has in its place; "all" everything merged by time. */
export type LogSource = number | 'all';

function logQuery(ref: JobRef, source: LogSource): string {
  const q = new URLSearchParams(typed(ref));
  if (source === 'all') {
    q.set('launcher', 'true');
    q.set('allWorkers', 'true');
  } else if (source >= 0) q.set('worker', String(source));
  else q.set('launcher', 'true');
  return q.toString();
}

/** Where the log is as a file of text, all of it. */
export function logFileURL(ref: JobRef, source: LogSource): string {
  return `${base}/api/v1/namespaces/${ref.namespace}/trainingjobs/${ref.name}/logs/content?${logQuery(ref, source)}`;
}

/** Where the log is as lines of JSON. */
function logURL(ref: JobRef, source: LogSource): string {
  return `${base}/api/v1/namespaces/${ref.namespace}/trainingjobs/${ref.name}/logs?${logQuery(ref, source)}`;
}

/** How many lines a page holds at most; the oldest go first. */
export const mostLines = 1_000_000;

/** Longer lines are cut: a browser lays out none of a megabyte in time, and a page holds no thousand of them. */
export const mostCharacters = 8_192;

export type LogState = 'waiting' | 'live' | 'lost' | 'ended';

/** Longer places, of many hundreds of logs, aren't put into an address: what passes it on may refuse it. */
const longestFrom = 4_000;

/** Where a log's stream is; from is the place to go on behind, user whose page asks. */
function streamURL(ref: JobRef, source: LogSource, user: string, from: string): string {
  const own = new URLSearchParams({ ...(user && { callerIs: user }), ...(from && { from }) }).toString();
  const url = `${base}/api/v1/streams/namespaces/${ref.namespace}/trainingjobs/${ref.name}/logs?${logQuery(ref, source)}`;
  return own === '' ? url : `${url}&${own}`;
}

/** cut is as much of a line as is shown. It is a copy: a part of a text would keep the whole of it. */
const cut = (text: string): string => (text.length > mostCharacters ? `${structuredClone(text.slice(0, mostCharacters).replace(/[\ud800-\udbff]$/, ''))} …` : text);

/** held is of a line what a page shows: of a million lines anything more is a lot of memory. */
const held = ({ where, index, rank, text, note }: LogLine): LogLine => ({ where, index, text: cut(text), ...(rank !== undefined && { rank }), ...(note && { note }) });

/** LogStore holds a followed log. Lines are added in place: a page that shows a hundred copies no million. */
export class LogStore {
  /** Another list after some were taken back. */
  lines: LogLine[] = [];
  dropped = 0;
  state: LogState = 'waiting';
  problem: string | undefined;
  /** The log ended only because nobody is signed in. */
  signedOut = false;
  private version = 0;
  private readonly watchers = new Set<() => void>();
  private frame: number | undefined;
  private source: EventSource | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly pause = new Pause();
  /** The last place the service told, and how many lines there were up to it, with those dropped. */
  private place = '';
  private kept = 0;

  constructor(
    private readonly ref: JobRef,
    private readonly of: LogSource,
    /** Whose page it is: the cookie may by then be another's, whom the service refuses. */
    private readonly user = '',
  ) {}

  private connect = (): void => {
    const from = this.place.length <= longestFrom ? this.place : '';
    if (from === '') this.kept = 0;
    const began = this.kept;
    const s = new EventSource(streamURL(this.ref, this.of, this.user, from));
    this.source = s;
    s.addEventListener('line', (e: MessageEvent<string>) => {
      this.state = 'live';
      this.pause.reset();
      this.add(JSON.parse(e.data) as LogLine);
    });
    s.addEventListener('place', (e: MessageEvent<string>) => {
      this.place = e.lastEventId;
      // Without one the browser begins again where this stream began.
      this.kept = this.place === '' ? began : this.dropped + this.lines.length;
    });
    s.addEventListener('end', (e: MessageEvent<string>) => {
      const problem = JSON.parse(e.data) as Partial<Problem>;
      if (problem.code === undefined) this.end(s);
      else this.fail(s, new ProblemError(problem as Problem));
    });
    s.onerror = () => {
      if (this.state !== 'ended') this.state = 'lost';
      // After a lost connection the browser tries again by itself, after a refusal it doesn't.
      if (s.readyState === EventSource.CLOSED) void this.explain(s);
      this.changed();
    };
    s.onopen = () => {
      this.takeBack();
      if (this.state === 'lost') this.state = 'live';
      this.changed();
    };
  };

  /** What came behind the last place comes again. */
  private takeBack(): void {
    const n = Math.max(0, this.kept - this.dropped);
    if (n < this.lines.length) this.lines = this.lines.slice(0, n);
    if (this.kept === 0) this.dropped = 0;
  }

  private end(s: EventSource, why?: ProblemError): void {
    s.close();
    this.state = 'ended';
    this.problem = why?.message;
    this.signedOut = why?.status === 401;
    this.changed();
  }

  private fail(s: EventSource, why: ProblemError): void {
    if (final(why.status) && why.status !== 408) this.end(s, why);
    else this.again(s);
  }

  /** Ever later, and not all pages at one moment. */
  private again(s: EventSource | undefined): void {
    s?.close();
    this.state = 'lost';
    this.problem = undefined;
    clearTimeout(this.timer);
    this.timer = setTimeout(this.connect, this.pause.next());
    this.changed();
  }

  /** goOn is for when somebody is signed in again. */
  goOn(): void {
    if (!this.signedOut || this.watchers.size === 0) return;
    this.signedOut = false;
    this.again(this.source);
  }

  private open(): void {
    this.lines = [];
    this.dropped = 0;
    this.place = '';
    this.pause.reset();
    this.state = 'waiting';
    this.problem = undefined;
    this.signedOut = false;
    this.connect();
  }

  private close(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = undefined;
  }

  add(line: LogLine): void {
    if (this.lines.length >= mostLines) {
      // Many at once: each time would move all the others.
      const n = mostLines / 10;
      this.lines.splice(0, n);
      this.dropped += n;
    }
    this.lines.push(held(line));
    this.changed();
  }

  /** The stream is open while anybody watches. */
  subscribe = (watch: () => void): (() => void) => {
    this.watchers.add(watch);
    if (this.watchers.size === 1) this.open();
    return () => {
      this.watchers.delete(watch);
      if (this.watchers.size === 0) this.close();
    };
  };

  snapshot = (): number => this.version;

  /** Once a frame, however many lines came. */
  private changed(): void {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.version++;
      for (const w of this.watchers) w();
    });
  }

  /** An event stream that is refused doesn't say why; the same without a stream does. */
  private async explain(s: EventSource): Promise<void> {
    const why = await this.ask().catch(asProblem);
    if (this.source !== s) return;
    // That nothing is written yet is no reason: a stream waits for it.
    if (why === undefined || why.code === 'NoLog') this.again(s);
    else this.fail(s, why);
  }

  private async ask(): Promise<ProblemError | undefined> {
    const response = await ask(`${logURL(this.ref, this.of)}&tail=1`);
    if (!response.ok) return problemOf(response);
    await response.body?.cancel();
    return undefined;
  }
}
