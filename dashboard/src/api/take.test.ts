import { QueryClient, QueryObserver, type QueryKey } from '@tanstack/react-query';

import { job as fixture } from '~/test/fixtures';

import { keys } from './keys';
import { ProblemError, unreachable } from './problem';
import type { Job, JobList } from './types';
import { reader, take } from './useLive';

const job = (of: Partial<Job>) => fixture({ uid: `uid-of-${of.name}`, ...of });
const key = keys.list('team-a', { limit: 20 });

function known(...jobs: Job[]) {
  const client = new QueryClient();
  client.setQueryData(key, { items: jobs, total: jobs.length, position: '1' });
  return client;
}

const event = (kind: 'job' | 'removed', of: unknown) => ({ kind, data: JSON.stringify(of) });

test('a job that is shown changes where it stands', () => {
  const client = known(job({ name: 'a' }), job({ name: 'b', workers: { ready: 1, total: 4 } }));
  expect(take(client, event('job', job({ name: 'b', workers: { ready: 3, total: 4 } })))).toEqual([keys.job('team-a', 'b')]);
  expect(client.getQueryData<JobList>(key)?.items.map((j) => [j.name, j.workers.ready])).toEqual([['a', 4], ['b', 3]]);
});

test('a new phase may move it to another place, so the service is asked', () => {
  const client = known(job({ name: 'a' }));
  expect(take(client, event('job', job({ name: 'a', phase: 'Failed' })))).toEqual([keys.job('team-a', 'a'), keys.lists]);
  expect(client.getQueryData<JobList>(key)?.items[0]?.phase).toBe('Failed');
});

test('a change of one job makes no list new that has to be read again, or that lacks it', () => {
  const client = known(job({ name: 'a' }));
  const [page2, other] = [keys.list('team-a', { limit: 20, offset: 20 }), keys.list('team-b', { limit: 20 })];
  for (const k of [page2, other]) client.setQueryData(k, { items: k === page2 ? [job({ name: 'a' })] : [], total: 1, position: '1' }, { updatedAt: 1 });
  void client.invalidateQueries({ queryKey: page2 });
  take(client, event('job', job({ name: 'a', workers: { ready: 1, total: 4 } })));
  expect(client.getQueryData<JobList>(page2)?.items[0]?.workers.ready).toBe(1);
  expect(client.getQueryState(page2)).toMatchObject({ isInvalidated: true, dataUpdatedAt: 1 });
  expect(client.getQueryState(other)).toMatchObject({ isInvalidated: false, dataUpdatedAt: 1 });
});

test('a list that is shown and could not be read is read again with the next change, and says so until then', async () => {
  const client = known(job({ name: 'a' }));
  const list = new QueryObserver(client, { queryKey: key, queryFn: () => Promise.reject(new Error('no answer')), retry: false });
  const stop = list.subscribe(() => undefined);
  await list.refetch();
  expect(take(client, event('job', job({ name: 'a', workers: { ready: 1, total: 4 } })))).toEqual([keys.job('team-a', 'a'), keys.lists]);
  expect(list.getCurrentResult()).toMatchObject({ isError: true, data: { items: [{ workers: { ready: 1 } }] } });
  stop();
});

test('a job that is in its place on one list may not be on another', () => {
  const client = known(job({ name: 'a', phase: 'Running' }));
  client.setQueryData(keys.list('team-a', { limit: 50 }), { items: [job({ name: 'a', phase: 'Failed' })], total: 1, position: '2' });
  expect(take(client, event('job', job({ name: 'a', phase: 'Failed' })))).toEqual([keys.job('team-a', 'a'), keys.lists]);
});

test('a job of the same name that came after it is another one', () => {
  const client = known(job({ name: 'a' }));
  expect(take(client, event('job', job({ name: 'a', uid: 'another' })))).toEqual([keys.job('team-a', 'a'), keys.lists]);
  expect(client.getQueryData<JobList>(key)?.items).toEqual([job({ name: 'a' })]);
});

test('what is gone, and what may have been missed, is asked for again', () => {
  const client = known(job({ name: 'a' }));
  expect(take(client, event('removed', { name: 'a', namespace: 'team-a', type: 'MPIJob', uid: 'uid-of-a' }))).toEqual([keys.job('team-a', 'a'), keys.lists]);
  expect(take(client, { kind: 'reset', data: '' })).toEqual([keys.jobs]);
  expect(take(client, { kind: 'synced', data: '{}' })).toEqual([]);
});

test('many changes are one reading, soon; the next waits for its end, and longer where that was slow', async () => {
  vi.useFakeTimers();
  const client = new QueryClient();
  let takes = 10;
  const read = vi.spyOn(client, 'invalidateQueries').mockImplementation(() => new Promise((done) => setTimeout(done, takes)));
  const again = reader(client);
  for (let i = 0; i < 100; i++) again.read([keys.lists, keys.job('team-a', 'a')]);
  expect(read).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(100);
  expect(read.mock.calls.map(([f]) => f?.queryKey)).toEqual([keys.lists, keys.job('team-a', 'a')]);
  /** A change that comes now is read after so long, as the reading with that number. */
  const next = async (ms: number, count: number) => {
    again.read([keys.lists]);
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect(read).toHaveBeenCalledTimes(count - 1);
    await vi.advanceTimersByTimeAsync(1);
    expect(read).toHaveBeenCalledTimes(count);
  };
  await next(10 + 150, 3);
  takes = 100;
  await next(10 + 150, 4);
  takes = 5_000; // a service that is slow is not asked anew before it has answered
  await next(100 + 400, 5);
  takes = 3_600_000; // an answer that is lost isn't waited for
  await next(5_000 + 1_000, 6);
  takes = 10;
  await next(15_000 + 1_000, 7);
  await vi.advanceTimersByTimeAsync(3_000); // nothing changes for a while
  await next(100, 8);
  again.read([keys.lists]);
  again.stop();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(read).toHaveBeenCalledTimes(9);
  expect(read).toHaveBeenLastCalledWith({ queryKey: keys.lists, refetchType: 'none' }); // whoever shows it next reads it
  vi.useRealTimers();
});

/** A query that is shown, and whose readings are answered by the test, with the newest or an earlier one. */
function shown(client: QueryClient, queryKey: QueryKey) {
  const readings: ((answer: unknown) => void)[] = [];
  const stop = new QueryObserver(client, { queryKey, queryFn: () => new Promise((answer) => readings.push(answer)) }).subscribe(() => undefined);
  return { readings, stop };
}

test('a change during the first reading is read, though that may have been before it', async () => {
  vi.useFakeTimers();
  const client = new QueryClient();
  const one = keys.job('team-a', 'a');
  const { readings, stop } = shown(client, one);
  const again = reader(client);
  again.read([one]);
  await vi.advanceTimersByTimeAsync(200); // nothing is asked twice at once
  expect(readings).toHaveLength(1);
  readings[0]?.('before');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(readings).toHaveLength(2);
  readings[1]?.('after');
  await vi.advanceTimersByTimeAsync(60_000); // and nothing for nothing
  expect(client.getQueryData(one)).toBe('after');
  expect(readings).toHaveLength(2);
  again.stop();
  stop();
  vi.useRealTimers();
});

test.each([
  ['no answer is repeated until there is one', unreachable(), 3],
  ['an answer that another try does not change is not', new ProblemError({ ...unreachable().problem, status: 404, code: 'NotFound' }), 1],
])('of a reading after the last change, %s', async (_name, error, times) => {
  vi.useFakeTimers();
  const client = new QueryClient();
  const one = keys.job('team-a', 'a');
  client.setQueryData(one, 'before');
  const read = vi.fn().mockRejectedValueOnce(error).mockRejectedValueOnce(error).mockResolvedValue('after');
  const stop = new QueryObserver(client, { queryKey: one, queryFn: read, retry: false, staleTime: Infinity }).subscribe(() => undefined);
  const again = reader(client);
  again.read([one]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(read).toHaveBeenCalledTimes(times);
  again.stop();
  stop();
  vi.useRealTimers();
});

test('a list that is being read as a job changes is read once more, for it may come with the state before', () => {
  const client = known(job({ name: 'a' }));
  const changed = event('job', job({ name: 'a', workers: { ready: 1, total: 4 } }));
  expect(take(client, changed)).toEqual([keys.job('team-a', 'a')]);
  const { stop } = shown(client, key);
  expect(take(client, changed)).toEqual([keys.job('team-a', 'a'), keys.lists]);
  stop();
});

test('a list that is not answered holds up no job', async () => {
  vi.useFakeTimers();
  const client = new QueryClient();
  const one = keys.job('team-a', 'a');
  const read = vi.spyOn(client, 'invalidateQueries').mockImplementation((f) => (f?.queryKey === keys.lists ? new Promise(() => undefined) : Promise.resolve()));
  const again = reader(client);
  for (let i = 0; i < 5; i++) {
    again.read([keys.lists, one]);
    await vi.advanceTimersByTimeAsync(150);
  }
  expect(read.mock.calls.filter(([f]) => f?.queryKey === keys.lists)).toHaveLength(1);
  expect(read.mock.calls.filter(([f]) => f?.queryKey === one).length).toBeGreaterThan(3);
  again.stop();
  vi.useRealTimers();
});
