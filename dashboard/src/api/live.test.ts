import { job, problem } from '~/test/fixtures';
import { FakeStream } from '~/test/streams';

import { open, streamURL, type LiveEvent } from './live';

const bert = job({ name: 'bert' });
const gone = { namespace: 'team-a', name: 'bert', type: 'MPIJob' };
let told: LiveEvent[] = [];
let close: () => void = () => undefined;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5); // pauses as they are, neither shorter nor longer
  FakeStream.all = [];
  told = [];
  close = open({ scope: 'team-a', user: 'ann', base: '' }, '100', (e) => told.push(e));
});

afterEach(() => {
  close();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('a stream begins where the list ended', () => {
  expect(FakeStream.current.url).toBe('/api/v1/streams/namespaces/team-a/trainingjobs?callerIs=ann&from=100');
  expect(streamURL({ scope: null, user: '', base: '' })).toBe('/api/v1/streams/trainingjobs');
  expect(streamURL({ scope: null, user: '', base: '/mpi-jobs' }, 'a b&c')).toBe('/mpi-jobs/api/v1/streams/trainingjobs?from=a+b%26c');
});

test('events are told as they come', () => {
  FakeStream.current.open();
  FakeStream.current.send('job', bert, '101');
  FakeStream.current.send('removed', gone, '102');
  expect(told).toEqual([
    { kind: 'state', data: 'live' },
    { kind: 'job', data: JSON.stringify(bert) },
    { kind: 'removed', data: JSON.stringify(gone) },
  ]);
});

test('after a lost connection the browser goes on by itself, unless nothing comes of that', () => {
  FakeStream.current.open();
  for (let i = 0; i < 3; i++) {
    FakeStream.current.fail();
    vi.advanceTimersByTime(44_999);
  }
  expect(told.at(-1)).toEqual({ kind: 'state', data: 'lost' });
  expect(FakeStream.all).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(FakeStream.all).toHaveLength(2);
});

test('a stream that never opens is begun again, and what comes late of the one before is not heard', () => {
  const [first] = FakeStream.all;
  vi.advanceTimersByTime(45_000);
  expect(told).toEqual([{ kind: 'state', data: 'lost' }]);
  FakeStream.current.open();
  vi.advanceTimersByTime(30_000);
  first?.send('beat', {}, '999');
  vi.advanceTimersByTime(15_000);
  expect(FakeStream.all).toHaveLength(3);
  expect(FakeStream.current.url).toContain('from=100');
});

test('after a refusal it begins again after the last event, ever later', () => {
  FakeStream.current.open();
  FakeStream.current.send('job', bert, '107');
  FakeStream.current.fail(true);
  vi.advanceTimersByTime(499);
  expect(FakeStream.all).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(FakeStream.current.url).toContain('from=107');
  FakeStream.current.fail(true);
  vi.advanceTimersByTime(999);
  expect(FakeStream.all).toHaveLength(2);
  vi.advanceTimersByTime(1);
  expect(FakeStream.all).toHaveLength(3);
});

test('a service that is gone for long is asked at least each half minute', () => {
  for (let i = 0; i < 12; i++) {
    FakeStream.current.fail(true);
    vi.advanceTimersByTime(30_000);
  }
  expect(FakeStream.all).toHaveLength(13);
});

describe('a stream that waits, or tries,', () => {
  class FakeChannel extends EventTarget {
    static all = new Set<FakeChannel>();
    constructor() {
      super();
      FakeChannel.all.add(this);
    }
    close() {
      FakeChannel.all.delete(this);
    }
  }

  beforeEach(() => {
    close();
    vi.stubGlobal('BroadcastChannel', FakeChannel);
    close = open({ scope: 'team-a', user: 'ann', base: '' }, '100', (e) => told.push(e));
  });

  afterEach(() => {
    close();
    expect(FakeChannel.all.size).toBe(0);
    vi.stubGlobal('BroadcastChannel', undefined);
  });

  test.each([
    ['somebody signs in', () => FakeChannel.all.forEach((c) => c.dispatchEvent(new MessageEvent('message', { data: 'in' })))],
    ['the network is back', () => window.dispatchEvent(new Event('online'))],
  ])('is begun at once when %s', (_name, comes) => {
    for (let i = 0; i < 8; i++) {
      FakeStream.current.fail(true);
      vi.advanceTimersByTime(30_000);
    }
    FakeStream.current.fail(true);
    const n = FakeStream.all.length;
    comes();
    expect(FakeStream.all).toHaveLength(n + 1);
    FakeStream.current.fail(true); // and soon again, should that be too early
    vi.advanceTimersByTime(500);
    expect(FakeStream.all).toHaveLength(n + 2);
    FakeStream.current.open();
    comes(); // one that is open goes on
    vi.advanceTimersByTime(40_000);
    expect(FakeStream.all.filter((s) => s.readyState !== FakeStream.CLOSED)).toEqual([FakeStream.current]);
    expect(FakeStream.all).toHaveLength(n + 2);
    close();
    comes();
    expect(FakeStream.all).toHaveLength(n + 2);
  });
});

test('a stream from which nothing comes any more, not even a sign of life, is begun again from there', () => {
  const first = FakeStream.current;
  first.open();
  vi.advanceTimersByTime(44_000);
  first.send('beat', {}, '108');
  expect(told).toEqual([{ kind: 'state', data: 'live' }]);
  vi.advanceTimersByTime(44_999);
  expect(FakeStream.all).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(told.at(-1)).toEqual({ kind: 'state', data: 'lost' });
  expect(first.readyState).toBe(FakeStream.CLOSED);
  expect(FakeStream.all).toHaveLength(2);
  expect(FakeStream.current.url).toContain('from=108');
  FakeStream.current.open();
  close();
  vi.advanceTimersByTime(60_000);
  expect(FakeStream.all).toHaveLength(2);
});

test('a stream that the service ends is closed, and begun again', () => {
  const first = FakeStream.current;
  first.open();
  first.send('end', problem(403, 'Forbidden'));
  expect(first.readyState).toBe(FakeStream.CLOSED);
  vi.advanceTimersByTime(1_000);
  expect(FakeStream.all).toHaveLength(2);
});

test('a stream that ends as soon as it is open is begun ever later', () => {
  for (const pause of [500, 1_000, 2_000]) {
    const s = FakeStream.current;
    const n = FakeStream.all.length;
    s.open();
    s.send('end', problem(429, 'TooManyRequests'));
    vi.advanceTimersByTime(pause - 1);
    expect(FakeStream.all).toHaveLength(n);
    vi.advanceTimersByTime(1);
    expect(FakeStream.all).toHaveLength(n + 1);
  }
});

test('nothing goes on after closing, not even a stream that was about to', () => {
  FakeStream.current.fail(true);
  close();
  vi.advanceTimersByTime(60_000);
  expect(FakeStream.all).toHaveLength(1);
  expect(FakeStream.current.readyState).toBe(FakeStream.CLOSED);
});
