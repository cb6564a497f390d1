import { answers, gone, refusal } from '~/test/service';
import { problem } from '~/test/fixtures';
import { FakeStream } from '~/test/streams';

import { LogStore, mostCharacters, type LogSource } from './logs';
import type { JobType } from './types';

const url = '/api/v1/namespaces/team-a/trainingjobs/bert/logs?launcher=true';
let store: LogStore;
let close: () => void = () => undefined;

function follow(source: LogSource = -1, type: JobType = 'MPIJob') {
  store = new LogStore({ namespace: 'team-a', name: 'bert', type }, source, 'ann');
  close = store.subscribe(() => undefined);
  FakeStream.current.open();
}

const line = (text: string, note?: boolean) => FakeStream.current.send('line', { index: -1, where: '', text, ...(note ? { note } : {}) });
const place = (id: string) => FakeStream.current.send('place', {}, id);
const end = (status?: number, code = 'X') => FakeStream.current.send('end', status === undefined ? {} : problem(status, code, `because of ${code}`));
const texts = () => store.lines.map((l) => l.text);
/** The answer to why a stream was refused comes in a few turns. */
const refuse = async () => {
  FakeStream.current.fail(true);
  await vi.advanceTimersByTimeAsync(0);
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5); // pauses as they are, neither shorter nor longer
  FakeStream.all = [];
  follow();
});

afterEach(() => {
  close();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('every line is shown, though a browser repeats the last id with each', () => {
  line('one');
  place('A');
  line('two');
  line('stored late');
  line('a note', true);
  place('A');
  line('three');
  expect(texts()).toEqual(['one', 'two', 'stored late', 'a note', 'three']);
});

test('a line is held without what no page shows', () => {
  FakeStream.current.send('line', { at: '2026-11-29T12:29:39.8Z', index: 3, rank: 7, where: 'Worker 3', text: 'one' });
  line('a note', true);
  expect(store.lines).toEqual([
    { index: 3, rank: 7, where: 'Worker 3', text: 'one' },
    { index: -1, where: '', text: 'a note', note: true },
  ]);
});

test('of a line of a megabyte as much is held as is shown, and no half of a character', () => {
  line('x'.repeat(1 << 20));
  line(`${'y'.repeat(mostCharacters - 1)}🎉z`);
  line('z'.repeat(mostCharacters));
  expect(texts()).toEqual([`${'x'.repeat(mostCharacters)} …`, `${'y'.repeat(mostCharacters - 1)} …`, 'z'.repeat(mostCharacters)]);
});

test('a browser that comes back is told again what had no place yet', () => {
  line('one');
  line('a note', true);
  place('A');
  line('two');
  FakeStream.current.fail();
  expect(store.state).toBe('lost');
  expect(texts()).toEqual(['one', 'a note', 'two']); // what is there stays on the screen
  FakeStream.current.open();
  expect(store.state).toBe('live');
  line('two');
  line('three');
  expect(texts()).toEqual(['one', 'a note', 'two', 'three']);
});

test('without a place it begins again', () => {
  line('one');
  place('A');
  line('two');
  place('');
  FakeStream.current.fail();
  FakeStream.current.open();
  expect(texts()).toEqual([]);
});

test('a stream that went on from a place begins again there when it has none any more', () => {
  line('one');
  place('A');
  end(503, 'Draining');
  vi.advanceTimersByTime(500);
  FakeStream.current.open();
  line('two');
  place('');
  FakeStream.current.fail();
  FakeStream.current.open();
  expect(texts()).toEqual(['one']);
});

test('after the end of a replica it goes on from the last place, ever later', () => {
  line('one');
  place('A+b');
  line('two');
  end(503, 'Draining');
  expect(store.state).toBe('lost');
  vi.advanceTimersByTime(499);
  expect(FakeStream.all).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(FakeStream.current.url).toBe('/api/v1/streams/namespaces/team-a/trainingjobs/bert/logs?launcher=true&callerIs=ann&from=A%2Bb');
  end(503, 'ClusterUnreachable');
  vi.advanceTimersByTime(999);
  expect(FakeStream.all).toHaveLength(2);
  vi.advanceTimersByTime(1);
  FakeStream.current.open();
  line('two');
  expect(texts()).toEqual(['one', 'two']);
  // What goes on is begun soon after the next end.
  end(503, 'Draining');
  vi.advanceTimersByTime(500);
  expect(FakeStream.all).toHaveLength(4);
});

test('a place too long for an address has it begin again', () => {
  line('one');
  place('A'.repeat(5_000));
  end(503, 'Draining');
  vi.advanceTimersByTime(500);
  expect(FakeStream.current.url).not.toContain('from=');
  FakeStream.current.open();
  expect(texts()).toEqual([]);
});

test('it ends where the log does, or where asking again is of no use', () => {
  line('one');
  end();
  expect([store.state, store.problem]).toEqual(['ended', undefined]);
  close();
  follow();
  end(404, 'NotFound');
  expect([store.state, store.problem]).toEqual(['ended', 'because of NotFound']);
  store.goOn(); // that somebody is signed in changes nothing here
  vi.advanceTimersByTime(100_000);
  expect(FakeStream.all).toHaveLength(2);
});

test.each<[string, () => Response]>([
  ['the service restarts', () => refusal(503, 'Draining', 'restarting')],
  ['something before it has no replica', () => new Response('no', { status: 502 })],
  ['too many streams are open', () => refusal(429, 'TooManyRequests', 'too many')],
  ['it is well again', () => new Response('', { headers: { 'Content-Type': 'application/x-ndjson' } })],
  ['nothing is written yet', () => refusal(404, 'NoLog', 'nothing yet')],
  ['there is no network', gone],
])('a refused stream is opened again: %s', async (_why, answer) => {
  line('one');
  place('A');
  answers({ [`GET ${url}&tail=1`]: answer });
  await refuse();
  expect(store.state).toBe('lost');
  vi.advanceTimersByTime(500);
  expect(FakeStream.all).toHaveLength(2);
  expect(texts()).toEqual(['one']);
});

test('a refused stream says why it stays closed', async () => {
  answers({ [`GET ${url}&tail=1`]: () => refusal(403, 'Forbidden', 'not yours') });
  await refuse();
  vi.advanceTimersByTime(100_000);
  expect([store.state, store.problem]).toEqual(['ended', 'not yours']);
  expect(FakeStream.all).toHaveLength(1);
});

test('who has signed in again goes on', () => {
  line('one');
  place('A');
  end(401, 'Unauthenticated');
  expect([store.state, store.signedOut]).toEqual(['ended', true]);
  store.goOn();
  store.goOn();
  vi.advanceTimersByTime(500);
  expect(FakeStream.all).toHaveLength(2);
  expect(FakeStream.current.url).toContain('from=A');
});

test('nothing is opened for a page that has gone', () => {
  end(503, 'Draining');
  close();
  vi.advanceTimersByTime(100_000);
  expect(FakeStream.all).toHaveLength(1);
});
