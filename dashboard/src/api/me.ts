import { queryOptions, useQuery } from '@tanstack/react-query';

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
