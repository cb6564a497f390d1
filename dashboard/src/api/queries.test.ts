import { MutationObserver, onlineManager, QueryObserver } from '@tanstack/react-query';

import { keys } from './keys';
import { ProblemError } from './problem';
import { newQueries } from './queries';

test('a click without a network fails at once: it isn’t kept to be done later, unasked', async () => {
  onlineManager.setOnline(false);
  const send = vi.fn(() => Promise.reject(new TypeError('Failed to fetch')));
  const click = new MutationObserver(newQueries(), { mutationFn: send });
  await expect(click.mutate()).rejects.toThrow('Failed to fetch');
  onlineManager.setOnline(true);
  expect(send).toHaveBeenCalledOnce();
});

const forbidden = new ProblemError({ type: '', title: 'Not allowed', status: 403, code: 'Forbidden', detail: 'ann may not' });
const tooMuch = new ProblemError({ type: '', title: 'Quota exceeded', status: 403, code: 'QuotaExceeded', detail: '8 of 8' });

test('a right that ends takes with it what was seen by it, and what one may is asked anew', async () => {
  const client = newQueries();
  client.setQueryData(['jobs'], 'seen');
  client.setQueryData(keys.me('team-a'), { user: 'ann' });
  const read = new QueryObserver(client, { queryKey: ['jobs'], queryFn: () => Promise.reject(forbidden), staleTime: Infinity });
  const unwatch = read.subscribe(() => undefined);
  await read.refetch();
  expect(read.getCurrentResult()).toMatchObject({ isError: true, data: undefined });
  expect(client.getQueryState(keys.me('team-a'))?.isInvalidated).toBe(true);
  unwatch();
});

test.each([
  ['a click that one may not, asks anew what one may', forbidden, true],
  ['a quota that refuses a job, says nothing of rights', tooMuch, false],
])('%s', async (_name, error, want) => {
  const client = newQueries();
  client.setQueryData(keys.me('team-a'), { user: 'ann' });
  await expect(new MutationObserver(client, { mutationFn: () => Promise.reject(error) }).mutate()).rejects.toThrow();
  expect(client.getQueryState(keys.me('team-a'))?.isInvalidated).toBe(want);
});

test('who may not even ask what they may asks it once', async () => {
  const ask = vi.fn(() => Promise.reject(forbidden));
  const me = new QueryObserver(newQueries(), { queryKey: keys.me('team-a'), queryFn: ask });
  const unwatch = me.subscribe(() => undefined);
  await vi.waitFor(() => expect(me.getCurrentResult().isError).toBe(true));
  await new Promise((soon) => setTimeout(soon)); // in which it would be asked again
  expect(ask).toHaveBeenCalledOnce();
  unwatch();
});
