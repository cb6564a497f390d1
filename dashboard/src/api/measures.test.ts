import { QueryClientProvider } from '@tanstack/react-query';
import { act, renderHook, waitFor } from '@testing-library/react';
import { createElement, type ReactNode } from 'react';

import { answers } from '~/test/service';

import { useCurves } from './measures';
import { newQueries } from './queries';

const ref = { namespace: 'team-a', name: 'pi', type: 'MPIJob' } as const;
const curve = (...cores: number[]) => ({
  namespace: 'team-a',
  job: 'pi',
  everySeconds: 15,
  members: [{ source: 'Worker 0', index: 0, points: cores.map((cpuCores, i) => ({ time: new Date(1e12 + i * 15_000).toISOString(), cpuCores, memoryBytes: 1 })) }],
});

test('the end of a job is measured too, and what is drawn stays until it is there', async () => {
  const told = [curve(1), curve(1, 2)];
  let end: (answer: Response) => void = () => undefined;
  answers({ 'GET /api/v1/namespaces/team-a/trainingjobs/pi/metrics': () => (told.length > 1 ? Response.json(told.shift()) : new Promise<Response>((answer) => (end = answer))) });
  const client = newQueries();
  const wrapper = ({ children }: { children: ReactNode }) => createElement(QueryClientProvider, { client }, children);
  const { result, rerender } = renderHook(({ running }) => useCurves(ref, 'uid-pi', running), { wrapper, initialProps: { running: true } });
  await waitFor(() => expect(result.current.data).toEqual(curve(1)));
  rerender({ running: false });
  expect(result.current.data).toEqual(curve(1));
  await act(() => vi.waitFor(() => expect(result.current.isFetching).toBe(true)));
  end(Response.json(told[0]));
  await waitFor(() => expect(result.current.data).toEqual(curve(1, 2)));
});
