import { useQuery } from '@tanstack/react-query';

import { api, must } from './client';
import { keys } from './keys';
import { asProblem, final } from './problem';
import type { Comparison } from './types';

/** How many jobs the service compares. */
export const fewestCompared = 2;
export const mostCompared = 10;

/** How often jobs that still run are compared again. */
const every = 10_000;

/** useComparison puts jobs of a project side by side, with the fields that are the same too. */
export function useComparison(namespace: string, names: readonly string[]) {
  return useQuery<Comparison>({
    queryKey: keys.comparison(namespace, names),
    enabled: names.length >= fewestCompared,
    refetchInterval: ({ state }) => (state.data?.jobs?.some((j) => !j.finished) && !(state.error && final(asProblem(state.error).status)) ? every : false),
    queryFn: async ({ signal }): Promise<Comparison> =>
      must(await api.GET('/api/v1/namespaces/{namespace}/comparison', { params: { path: { namespace }, query: { job: [...names], all: true } }, signal })),
  });
}
