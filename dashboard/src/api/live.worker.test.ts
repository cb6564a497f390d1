import type { Job } from '~/api/types';
import { job } from '~/test/fixtures';
import { FakeStream } from '~/test/streams';

import type { LiveEvent } from './live';
import type { Ask } from './live.worker';

/** A tab's end of the port, as the worker sees it. */
class Tab {
  readonly got: LiveEvent[] = [];
  readonly port = { onmessage: null as ((m: { data: Ask | null }) => void) | null, postMessage: (e: LiveEvent) => this.got.push(e) };

  asks(ask: Omit<Ask, 'lock' | 'number'> | null) {
    this.port.onmessage?.({ data: ask && { ...ask, lock: 'held', number: '1' } });
  }

  get jobs(): string[] {
    return this.got.filter((e) => e.kind === 'job').map((e) => (JSON.parse(e.data) as Job).name);
  }
}

let connect: () => Tab;
/** What ends a tab: its lock is had. */
let gone: (() => void)[];

beforeEach(async () => {
  vi.resetModules();
  FakeStream.all = [];
  gone = [];
  Object.defineProperty(navigator, 'locks', { configurable: true, value: { request: (_: string, got: () => void) => gone.push(got) } });
  await import('./live.worker');
  connect = () => {
    const tab = new Tab();
    (self as unknown as { onconnect: (e: unknown) => void }).onconnect({ ports: [tab.port] });
    return tab;
  };
});

afterEach(() => Reflect.deleteProperty(navigator, 'locks'));

const of = (user: string) => ({ scope: 'team-a', user, base: '', from: '7' });

test('tabs of one user share a stream, which ends with the last of them', () => {
  const [one, two] = [connect(), connect()];
  one.asks(of('ann'));
  two.asks(of('ann'));
  expect(FakeStream.all).toHaveLength(1);
  FakeStream.current.send('job', job({ name: 'bert' }), '8');
  expect([one.jobs, two.jobs]).toEqual([['bert'], ['bert']]);
  expect(two.got.map((e) => e.kind)).toEqual(['joined', 'reset', 'state', 'job']);
  one.asks(null);
  expect(FakeStream.current.readyState).not.toBe(FakeStream.CLOSED);
  gone[1]?.();
  expect(FakeStream.current.readyState).toBe(FakeStream.CLOSED);
});

test('what is for one user is told to no tab of another', () => {
  const [ann, bob] = [connect(), connect()];
  ann.asks(of('ann'));
  bob.asks(of('bob'));
  expect(FakeStream.all.map((s) => s.url)).toEqual([expect.stringContaining('callerIs=ann'), expect.stringContaining('callerIs=bob')]);
  FakeStream.all[0]?.send('job', job({ name: 'anns' }), '8');
  FakeStream.all[1]?.send('job', job({ name: 'bobs' }), '8');
  expect(ann.jobs).toEqual(['anns']);
  expect(bob.jobs).toEqual(['bobs']);
});

test('a tab that signs in as another leaves the stream of the one before', () => {
  const tab = connect();
  tab.asks(of('ann'));
  const anns = FakeStream.current;
  tab.asks(of('bob'));
  expect(anns.readyState).toBe(FakeStream.CLOSED);
  anns.send('job', job({ name: 'anns' }), '8');
  expect(tab.jobs).toEqual([]);
});
