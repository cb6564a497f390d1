import { FakeStream } from '~/test/streams';

import type { LiveEvent } from './live';
import type { Ask } from './live.worker';

/** FakeWorker is the worker that tabs share, as far as a tab sees it. */
class FakeWorker extends EventTarget {
  static all: FakeWorker[] = [];
  readonly port = { onmessage: null as ((m: { data: LiveEvent }) => void) | null, sent: [] as unknown[], start: () => undefined, postMessage: (m: unknown) => this.port.sent.push(m) };

  constructor() {
    super();
    FakeWorker.all.push(this);
  }
}

let listen: typeof import('./listen').listen;
const team = { scope: 'team-a', user: 'ann', base: '' };
let told: LiveEvent[];
const tell = (e: LiveEvent) => told.push(e);
const settle = () => vi.advanceTimersByTimeAsync(0);
const common = () => {
  const last = FakeWorker.all.at(-1);
  if (!last) throw new Error('no worker was made');
  return last;
};

const joined = (at = -1) => {
  const data = common().port.sent.filter((m) => m !== null).map((m) => (m as Ask).number).at(at) ?? '';
  common().port.onmessage?.({ data: { kind: 'joined', data } });
};

beforeEach(async () => {
  vi.useFakeTimers();
  vi.resetModules();
  vi.stubGlobal('SharedWorker', FakeWorker);
  Object.defineProperty(navigator, 'locks', { configurable: true, value: { request: (_: string, got: () => unknown) => Promise.resolve(got()) } });
  FakeWorker.all = [];
  FakeStream.all = [];
  told = [];
  ({ listen } = await import('./listen'));
});

afterEach(() => {
  vi.useRealTimers();
  Reflect.deleteProperty(navigator, 'locks');
  vi.stubGlobal('SharedWorker', undefined);
});

test('tabs share one stream, and learn only of jobs', async () => {
  const close = listen(team, '7', tell);
  await settle();
  expect(common().port.sent).toEqual([{ scope: 'team-a', user: 'ann', base: '', from: '7', lock: expect.stringMatching(/^training-jobs-/) as string, number: expect.any(String) as string }]);
  joined();
  common().port.onmessage?.({ data: { kind: 'state', data: 'live' } });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([{ kind: 'state', data: 'live' }]);
  expect(FakeStream.all).toHaveLength(0);
  close();
  expect(common().port.sent.at(-1)).toBeNull();
});

test('what was on its way to whom the page was before is not told', async () => {
  listen(team, '7', tell)();
  const first = listen(team, '7', tell);
  await settle();
  first();
  listen({ scope: 'team-a', user: 'bob', base: '' }, '9', tell);
  await settle();
  common().port.onmessage?.({ data: { kind: 'job', data: '{"name":"anns"}' } });
  joined(-2); // to the question of the first
  common().port.onmessage?.({ data: { kind: 'job', data: '{"name":"anns"}' } });
  joined();
  common().port.onmessage?.({ data: { kind: 'job', data: '{"name":"bobs"}' } });
  expect(told).toEqual([{ kind: 'job', data: '{"name":"bobs"}' }]);
});

test.each([
  ['that does not load', () => common().dispatchEvent(new Event('error'))],
  ['that never answers', () => vi.advanceTimersByTime(5_000)],
])('a worker %s is done without: the tab has a stream of its own, from where the list ended', async (_name, fails) => {
  const close = listen(team, '7', tell);
  await settle();
  expect(FakeStream.all).toHaveLength(0);
  fails();
  expect(FakeStream.current.url).toContain('from=7');
  FakeStream.current.open();
  expect(told).toEqual([{ kind: 'state', data: 'live' }]);
  await vi.advanceTimersByTimeAsync(40_000);
  expect(FakeStream.all).toHaveLength(1);
  close();
  expect(FakeStream.current.readyState).toBe(FakeStream.CLOSED);

  listen(team, '9', tell)();
  expect(FakeWorker.all).toHaveLength(1); // it isn't tried again
  expect(FakeStream.current.url).toContain('from=9');
});

test('a browser that forbids such workers has a stream in each tab', () => {
  vi.stubGlobal('SharedWorker', function forbidden() {
    throw new DOMException('no', 'SecurityError');
  });
  listen({ scope: null, user: 'ann', base: '' }, '7', tell)();
  expect(FakeStream.all).toHaveLength(1);
});

test('who leaves before the lock is held asks for nothing', async () => {
  listen(team, '7', tell)();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(common().port.sent).toEqual([null]);
  expect(FakeStream.all).toHaveLength(0);
});
