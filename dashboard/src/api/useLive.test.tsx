import { QueryClientProvider, QueryObserver, type QueryClient } from '@tanstack/react-query';
import { act, renderHook } from '@testing-library/react';
import { StrictMode, type ReactNode } from 'react';

import { problem } from '~/test/fixtures';
import { FakeStream } from '~/test/streams';

import { keys } from './keys';
import { unreachable } from './problem';
import { newQueries } from './queries';
import { useLive } from './useLive';
import type { Scope } from './types';

let client: QueryClient;
const shown = keys.list('team-a', { limit: 20 });
const read = vi.fn<() => Promise<unknown>>();
let hide: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  FakeStream.all = [];
  client = newQueries();
  read.mockReset().mockResolvedValue('new');
  client.setQueryData(shown, 'seen');
  hide = new QueryObserver(client, { queryKey: shown, queryFn: read, staleTime: 30_000, retry: false }).subscribe(() => undefined);
});

afterEach(() => {
  hide();
  vi.useRealTimers();
});

interface Asked {
  scope: Scope;
  from?: string;
}

function follow(first: Asked) {
  const wrapper = ({ children }: { children: ReactNode }) => (
    <StrictMode>
      <QueryClientProvider client={client}>{children}</QueryClientProvider>
    </StrictMode>
  );
  return renderHook(({ scope, from }: Asked) => useLive(scope, from), { wrapper, initialProps: first });
}

const open = () => FakeStream.all.filter((s) => s.readyState !== FakeStream.CLOSED).map((s) => s.url);
const streamOf = (scope: string, from: string) => `/api/v1/streams/namespaces/${scope}/trainingjobs?from=${from}`;

test('a stream goes on where what it began from is gone, and where that is newer', () => {
  const { rerender } = follow({ scope: 'team-a', from: '7' });
  const first = FakeStream.all.length;
  rerender({ scope: 'team-a' });
  rerender({ scope: 'team-a', from: '9' });
  expect(open()).toEqual([streamOf('team-a', '7')]);
  expect(FakeStream.all).toHaveLength(first);
  rerender({ scope: 'team-b' });
  expect(open()).toEqual([]);
  rerender({ scope: 'team-b', from: '9' });
  expect(open()).toEqual([streamOf('team-b', '9')]);
});

test('why a stream ended is said no longer than it is followed', () => {
  const { result, rerender } = follow({ scope: 'team-a', from: '7' });
  act(() => FakeStream.current.send('end', problem(429, 'TooManyRequests')));
  expect(result.current.problem?.code).toBe('TooManyRequests');
  rerender({ scope: 'team-b', from: '9' });
  expect(result.current).toEqual({ connected: true });
});

test('what was read before nobody has followed: it is read when it is shown next, and what is shown is not read twice', async () => {
  const earlier = keys.list('team-a', { limit: 20, offset: 20 });
  client.setQueryData(earlier, 'seen');
  follow({ scope: 'team-a', from: '7' });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(client.getQueryState(earlier)?.isInvalidated).toBe(true);
  expect(client.getQueryState(shown)?.isInvalidated).toBe(false);
  expect(read).not.toHaveBeenCalled();
});

test('what was not answered while the connection was lost is read when it is back', async () => {
  follow({ scope: 'team-a', from: '7' });
  FakeStream.current.open();
  FakeStream.current.fail();
  read.mockRejectedValueOnce(unreachable());
  await client.refetchQueries({ queryKey: shown });
  expect(client.getQueryState(shown)?.status).toBe('error');
  FakeStream.current.open();
  await vi.advanceTimersByTimeAsync(200);
  expect(client.getQueryState(shown)).toMatchObject({ status: 'success', data: 'new' });
  FakeStream.current.fail();
  FakeStream.current.open();
  await vi.advanceTimersByTimeAsync(60_000); // and nothing for nothing
  expect(read).toHaveBeenCalledTimes(2);
});
