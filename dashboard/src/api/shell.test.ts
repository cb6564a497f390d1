import { answers, refusal } from '~/test/service';

import { endOf, Shell, shellPath, type ShellEnd } from './shell';

class FakeSocket {
  static readonly OPEN = 1;
  static last: FakeSocket;
  readyState = 0;
  binaryType = '';
  sent: Uint8Array[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((m: { data: ArrayBuffer }) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor(
    readonly url: URL,
    readonly protocol: string,
  ) {
    FakeSocket.last = this;
  }

  open() {
    this.readyState = 1;
    this.onopen?.();
  }
  get(channel: number, text: string) {
    this.onmessage?.({ data: new Uint8Array([channel, ...new TextEncoder().encode(text)]).buffer });
  }
  send(m: Uint8Array) {
    this.sent.push(m);
  }
  close() {
    this.readyState = 3;
    this.onclose?.();
  }
}

const path = shellPath({ namespace: 'team-a', name: 'bert', type: 'MPIJob' }, 1, 'ann');
let said: string;
let ends: ShellEnd[];
const open = () => {
  said = '';
  ends = [];
  return new Shell(path, { onOpen: () => (said += '[open]'), onOutput: (b) => (said += new TextDecoder().decode(b)), onEnd: (e) => ends.push(e) });
};
const socket = () => FakeSocket.last;
const text = (m: Uint8Array | undefined) => new TextDecoder().decode(m);

beforeEach(() => vi.stubGlobal('WebSocket', FakeSocket));

test('a Worker is named, the Launcher is not', () => {
  expect(path).toMatch(/^\/api\/v1\/streams\/namespaces\/team-a\/trainingjobs\/bert\/exec\?command=%2Fbin%2Fsh&command=-c&.*tty=true&stdin=true&worker=1&callerIs=ann$/);
  expect(shellPath({ namespace: 'team-a', name: 'bert', type: 'MPIJob' }, -1, '')).not.toMatch(/worker|callerIs/);
});

test('what is typed and how large the terminal is go out, what is written comes in, and the end has its code', () => {
  const shell = open();
  expect([socket().url.protocol, socket().protocol, socket().binaryType]).toEqual(['ws:', 'v5.channel.k8s.io', 'arraybuffer']);
  shell.type('too early');
  expect(socket().sent).toEqual([]);
  socket().open();
  shell.resize(80, 24);
  shell.type('ls é\r');
  expect(socket().sent.map(text)).toEqual(['\u0004{"Width":80,"Height":24}', '\u0000ls é\r']);
  socket().get(1, 'a b');
  socket().get(2, '!');
  expect(said).toBe('[open]a b!');
  socket().get(3, '{"status":"Success"}');
  socket().close();
  expect(ends).toEqual([{ code: 0 }]);
});

test('much at once goes in pieces', () => {
  const shell = open();
  socket().open();
  shell.type('x'.repeat(200_000));
  expect(socket().sent.length).toBeGreaterThan(1);
  expect(Math.max(...socket().sent.map((m) => m.length))).toBeLessThanOrEqual(256 * 1024);
  expect(socket().sent.reduce((n, m) => n + m.length - 1, 0)).toBe(200_000);
});

test.each([
  ['{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"3"}]}}', { code: 3 }],
  ['{"status":"Failure","reason":"Forbidden","message":"ann may not","code":403}', { problem: 'ann may not' }],
  ['{"status":"Failure","reason":"Idle"}', { problem: 'Idle' }],
])('%s is an end', (status, want) => expect(endOf(status)).toEqual(want));

test('a connection that breaks is lost', () => {
  open();
  socket().open();
  socket().close();
  expect(ends).toEqual([undefined]);
});

test.each([
  ['refused', () => refusal(409, 'NotRunning', 'Worker 1 is not running'), { problem: 'Worker 1 is not running' }],
  ['not refused', () => refusal(426, 'UpgradeRequired', 'use a WebSocket'), undefined],
])('why it did not open is asked for: %s', async (_name, answer, want) => {
  answers({ [`GET ${path}`]: answer });
  open();
  socket().close();
  await vi.waitFor(() => expect(ends).toEqual([want]));
});

test('one that is closed says nothing more', () => {
  const shell = open();
  socket().open();
  shell.close();
  expect(ends).toEqual([]);
});
