import { queryOptions, useQueries, useQuery } from '@tanstack/react-query';

import { api, must } from './client';
import { keys } from './keys';
import type { Scope } from './types';

export const meOptions = (scope: Scope) =>
  queryOptions({
    queryKey: keys.me(scope),
    queryFn: async ({ signal }) => must(await api.GET('/api/v1/me', { params: { query: scope === null ? {} : { namespace: scope } }, signal })),
  });

/** useRights is what the caller may do in a namespace; nothing is offered that would be refused. */
export function useRights(scope: Scope) {
  const me = useQuery(meOptions(scope));
  const may = (what: string) => me.data?.rights?.[what] === true;
  return { user: me.data?.user, may, known: me.data?.rights !== undefined };
}

/** How many namespaces are asked about at once; where more are chosen, what may be done is told as it is done. */
const mostNamespaces = 20;

/** useRightIn is a right of the caller's in several namespaces: where it isn't known they are taken to have it, and the service says if not. */
export function useRightIn(namespaces: readonly string[], right: string) {
  const asked = [...new Set(namespaces)].slice(0, mostNamespaces);
  return useQueries({
    queries: asked.map(meOptions),
    combine: (all) => ({
      pending: all.some((me) => me.isPending),
      allowed: (namespace: string) => all[asked.indexOf(namespace)]?.data?.rights?.[right] ?? true,
    }),
  });
}
