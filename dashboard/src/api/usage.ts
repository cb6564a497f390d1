import { useQuery } from '@tanstack/react-query';

import { api, must } from './client';
import { keys } from './keys';
import { asProblem } from './problem';
import type { Scope, UsageBoard } from './types';

/** How often usage is read again; while the page isn't seen, it isn't. */
const every = 10_000;

/** useUsage is what jobs take now of a project, or of all of them. */
export function useUsage(scope: Scope) {
  return useQuery<UsageBoard>({
    queryKey: keys.usage(scope),
    staleTime: 0,
    // Who may not see it won't a moment later.
    refetchInterval: ({ state }) => (state.error && asProblem(state.error).status === 403 ? false : every),
    queryFn: async ({ signal }): Promise<UsageBoard> => {
      if (scope === null) return must(await api.GET('/api/v1/usage', { signal }));
      const one = must(await api.GET('/api/v1/namespaces/{namespace}/usage', { params: { path: { namespace: scope } }, signal }));
      return { items: [one], ...(one.notes ? { notes: one.notes } : {}) };
    },
  });
}
