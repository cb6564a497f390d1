import { ask } from './answer';
import { base } from './base';
import { typed, type JobRef } from './job';
import { asProblem, problemOf, type ProblemError } from './problem';

/** A shell in a Launcher or Worker, over a WebSocket in Kubernetes' protocol: the first byte of a message is its channel. */
const protocol = 'v5.channel.k8s.io';
const channel = { input: 0, output: 1, errors: 2, status: 3, resize: 4 } as const;

/** The best shell of the image; whoever types there sees colours. */
const command = ['/bin/sh', '-c', 'export TERM=xterm-256color; command -v bash >/dev/null && exec bash; exec sh'];

/** Where a shell is; -1 is the Launcher. user is whose page asks: the cookie may by then be another's, whom the service refuses. */
export function shellPath(ref: JobRef, worker: number, user: string): string {
  const q = new URLSearchParams([...Object.entries(typed(ref)), ...command.map((c) => ['command', c])]);
  q.set('tty', 'true');
  q.set('stdin', 'true');
  if (worker >= 0) q.set('worker', String(worker));
  if (user !== '') q.set('callerIs', user);
  return `${base}/api/v1/streams/namespaces/${ref.namespace}/trainingjobs/${encodeURIComponent(ref.name)}/exec?${q.toString()}`;
}

/** How a shell came to its end: with an exit code, or for a reason; undefined: the connection was lost. */
export type ShellEnd = { code: number } | { problem: string } | undefined;

interface Status {
  status?: string;
  reason?: string;
  message?: string;
  details?: { causes?: { reason?: string; message?: string }[] };
}

/** endOf reads what the last message says. */
export function endOf(text: string): ShellEnd {
  const s = JSON.parse(text) as Status;
  if (s.status === 'Success') return { code: 0 };
  const code = s.reason === 'NonZeroExitCode' ? Number(s.details?.causes?.find((c) => c.reason === 'ExitCode')?.message) : NaN;
  return Number.isInteger(code) ? { code } : { problem: s.message ?? s.reason ?? 'Failure' };
}

const encoder = new TextEncoder();

/** message is what is sent: its channel, then the data. */
export function message(of: number, data: string): Uint8Array<ArrayBuffer> {
  const bytes = encoder.encode(data);
  const out = new Uint8Array(bytes.length + 1);
  out[0] = of;
  out.set(bytes, 1);
  return out;
}

/** Longer input, as a text that is pasted, goes in pieces: the service takes 256 KiB at once. */
const most = 64 * 1024;

interface Watcher {
  onOpen: () => void;
  onOutput: (bytes: Uint8Array) => void;
  onEnd: (end: ShellEnd) => void;
}

/** Shell is one that is open, until it ends or is closed. */
export class Shell {
  private readonly socket: WebSocket;
  private end: ShellEnd;
  private opened = false;

  constructor(
    private readonly path: string,
    watcher: Watcher,
  ) {
    const url = new URL(path, window.location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    this.socket = new WebSocket(url, protocol);
    this.socket.binaryType = 'arraybuffer';
    this.socket.onopen = () => {
      this.opened = true;
      watcher.onOpen();
    };
    this.socket.onmessage = (m: MessageEvent<ArrayBuffer>) => {
      const bytes = new Uint8Array(m.data);
      if (bytes[0] === channel.output || bytes[0] === channel.errors) watcher.onOutput(bytes.subarray(1));
      else if (bytes[0] === channel.status) this.end = endOf(new TextDecoder().decode(bytes.subarray(1)));
    };
    this.socket.onclose = () => {
      if (this.end !== undefined || this.opened) watcher.onEnd(this.end);
      else void this.explain().then((why) => watcher.onEnd(why && { problem: why.message }));
    };
  }

  type(text: string): void {
    for (let at = 0; at < text.length; at += most) this.send(channel.input, text.slice(at, at + most));
  }

  resize(columns: number, rows: number): void {
    this.send(channel.resize, JSON.stringify({ Width: columns, Height: rows }));
  }

  /** close ends the shell with no more word of it. */
  close(): void {
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
  }

  private send(of: number, data: string): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(message(of, data));
  }

  /** Browsers don't say why one is refused; the same address without a WebSocket does: 426, where nothing is wrong. */
  private async explain(): Promise<ProblemError | undefined> {
    try {
      const response = await ask(this.path);
      return response.status === 426 ? undefined : await problemOf(response);
    } catch (e) {
      return asProblem(e);
    }
  }
}
