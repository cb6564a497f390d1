import { QueryClientProvider } from '@tanstack/react-query';
import { renderHook } from '@testing-library/react';
import type { ReactNode } from 'react';

import { job } from '~/test/fixtures';
import { answers, refusal } from '~/test/service';

import { useComparison } from './compare';
import { newQueries } from './queries';

test.each([
  ['goes on after an answer that another try may change', 503, 'Draining', true],
  ['ends with one that it does not', 404, 'NotFound', false],
])('comparing jobs that run %s', async (_name, status, code, goesOn) => {
  vi.useFakeTimers();
  const path = 'GET /api/v1/namespaces/team-a/comparison';
  const by: Parameters<typeof answers>[0] = { [path]: { jobs: [job({ name: 'a' }), job({ name: 'b' })], fields: [], same: 0 } };
  const sent = answers(by);
  const client = newQueries();
  const wrapper = ({ children }: { children: ReactNode }) => <QueryClientProvider client={client}>{children}</QueryClientProvider>;
  const { unmount } = renderHook(() => useComparison('team-a', ['a', 'b']), { wrapper });
  await vi.advanceTimersByTimeAsync(1_000);
  by[path] = () => refusal(status, code, 'not now');
  await vi.advanceTimersByTimeAsync(20_000); // with all tries of one reading
  const n = sent.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sent.length > n).toBe(goesOn);
  unmount();
  vi.useRealTimers();
});
