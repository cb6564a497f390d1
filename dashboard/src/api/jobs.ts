import { keepPreviousData, queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, must } from './client';
import { keys } from './keys';
import type { Job, JobList, JobType, Scope, SortKey } from './types';

/** What a list is asked for; empty values ask for nothing. */
export interface ListQuery {
  search?: string;
  phase?: Job['phase'][];
  type?: JobType[];
  creator?: string;
  sortBy?: SortKey;
  reverse?: boolean;
  limit: number;
  offset?: number;
}

export const jobsOptions = (scope: Scope, query: ListQuery) =>
  queryOptions({
    queryKey: keys.list(scope, query),
    queryFn: async ({ signal }): Promise<JobList> =>
      must(
        scope === null
          ? await api.GET('/api/v1/trainingjobs', { params: { query }, signal })
          : await api.GET('/api/v1/namespaces/{namespace}/trainingjobs', { params: { path: { namespace: scope }, query }, signal }),
      ),
  });

/** useJobs reads a page of a scope's jobs. */
export function useJobs(scope: Scope, query: ListQuery) {
  return useQuery({ ...jobsOptions(scope, query), placeholderData: keepPreviousData });
}

export type BulkAction = 'delete' | 'suspend' | 'resume';

/** What became of one job of many. */
export interface Outcome {
  namespace: string;
  name: string;
  type: Job['type'];
  uid?: string;
  problem?: string;
}

/** useBulk does the same to many jobs, of several namespaces too; each has its own outcome. */
export function useBulk() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ action, jobs }: { action: BulkAction; jobs: Job[] }): Promise<Outcome[]> => {
      const byNamespace = new Map<string, Pick<Job, 'name' | 'type' | 'uid'>[]>();
      // With its UID: one that somebody has made anew under its name since isn't the one that was agreed to.
      for (const { namespace, name, type, uid } of jobs) byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), { name, type, uid }]);
      const all = await Promise.all(
        [...byNamespace].map(async ([namespace, named]) => {
          const done = must(await api.POST('/api/v1/namespaces/{namespace}/bulk', { params: { path: { namespace } }, body: { action, jobs: named } }));
          // What is to be deleted and isn't there is as one wants it: an earlier try may have done it.
          return done.results.map(({ name, type, uid, problem: p }) => ({ namespace, name, type, ...(uid !== undefined ? { uid } : {}), ...(p && !(action === 'delete' && p.code === 'NotFound') ? { problem: p.detail } : {}) }));
        }),
      );
      return all.flat();
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.jobs }),
  });
}
