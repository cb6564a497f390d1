import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, must } from './client';
import { keys } from './keys';
import { membersOf } from './members';
import { once } from './once';
import { asProblem } from './problem';
import type { Changes, Detail, Job, JobType, Member } from './types';

/** Which job: its type is said where it is no MPIJob. */
export interface JobRef {
  namespace: string;
  name: string;
  type: JobType;
}

/** The very job that one has seen, and none that has taken its name since. */
export type SeenJob = Pick<Job, 'namespace' | 'name' | 'type' | 'uid'>;

/** What a job is where nobody says. */
export const usualType: JobType = 'MPIJob';

/** typed says the job's type where that has to be said. */
export const typed = ({ type }: Pick<JobRef, 'type'>) => (type === usualType ? {} : { type });

const ended: readonly Member['phase'][] = ['Absent', 'Succeeded', 'Failed'];

/**
 * settling says whether pods of a job that has just ended are still shown as if they ran: the cluster tells of their end
 * later than of the job's, and no change of the job comes with it. Some may stay, so it isn't looked for longer than a minute.
 */
export function settling(job: Pick<Detail, 'finished' | 'launcherPod' | 'workerPods'> | undefined, now: number): boolean {
  if (!job?.finished || now - Date.parse(job.finished) > 60_000) return false;
  return membersOf(job).some((m) => !ended.includes(m.phase));
}

/** A job, and from where on the stream of its namespace tells what has changed since; without that for who may not follow it. */
export type Known = Detail & { position?: string };

export const detailOptions = (ref: JobRef) =>
  queryOptions({
    queryKey: [...keys.job(ref.namespace, ref.name), ref.type],
    queryFn: async ({ signal }): Promise<Known> => {
      const answer = await api.GET('/api/v1/namespaces/{namespace}/trainingjobs/{name}/status', {
        params: { path: { namespace: ref.namespace, name: ref.name }, query: typed(ref) },
        signal,
      });
      const position = answer.response.headers.get('Position');
      return { ...must(answer), ...(position !== null && { position }) };
    },
  });

/** useDetail reads a job with all that hangs on it. */
export function useDetail(ref: JobRef) {
  return useQuery({ ...detailOptions(ref), refetchInterval: ({ state }) => (settling(state.data, Date.now()) ? 1_500 : false) });
}

/**
 * followedFrom is where the stream of a job's namespace begins: where what is shown of the job ends, and with everything where
 * nothing could be read, for it may be there soon. Nowhere while it isn't known, or for who may not see it.
 */
export function followedFrom({ data, error }: { data: Known | undefined; error: Error | null }): string | undefined {
  if (data) return data.position;
  return error && asProblem(error).status !== 403 ? '' : undefined;
}

/** useManifest is the YAML that creates the job again. */
export function useManifest(ref: JobRef) {
  return useQuery({
    queryKey: [...keys.job(ref.namespace, ref.name), ref.type, 'manifest'],
    queryFn: async ({ signal }) =>
      must(
        await api.GET('/api/v1/namespaces/{namespace}/trainingjobs/{name}/manifest', {
          params: { path: { namespace: ref.namespace, name: ref.name }, query: typed(ref) },
          parseAs: 'text',
          signal,
        }),
      ),
  });
}

/** useRetry creates a job again as it was; the earlier one stays beside it. */
export function useRetry() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ namespace, name, type, uid }: SeenJob) =>
      once(client, ['retry', { namespace, name, type, uid }], async (header) =>
        must(await api.POST('/api/v1/namespaces/{namespace}/trainingjobs/{name}/retry', { params: { path: { namespace, name }, query: { ...typed({ type }), uid }, header } })).job.name,
      ),
    onSettled: () => client.invalidateQueries({ queryKey: keys.jobs }), // also where it was refused: another may have the name
  });
}

/** copyToBe is what a copy of a job would be, as the service sees it; nothing is created. */
export async function copyToBe({ namespace, name, type, uid }: JobRef & { uid?: string }, changes?: Changes, signal?: AbortSignal) {
  const params = { path: { namespace, name }, query: { ...typed({ type }), ...(uid !== undefined && { uid }), dryRun: 'client' as const } };
  return must(await api.POST('/api/v1/namespaces/{namespace}/trainingjobs/{name}/clone', { params, body: changes ? { changes } : {}, ...(signal && { signal }) }));
}

/** useCloneCheck has the service look at a copy to be. */
export const useCloneCheck = (job: SeenJob) => useMutation({ mutationFn: (changes: Changes) => copyToBe(job, changes) });

/** useClone creates a copy with something changed. */
export function useClone({ namespace, name, type, uid }: SeenJob) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { name?: string; changes: Changes }) =>
      once(client, ['clone', { namespace, name, type, uid }, body], async (header) =>
        must(await api.POST('/api/v1/namespaces/{namespace}/trainingjobs/{name}/clone', { params: { path: { namespace, name }, query: { ...typed({ type }), uid }, header }, body })).job.name,
      ),
    onSettled: () => client.invalidateQueries({ queryKey: keys.jobs }), // also where it was refused: another may have the name
  });
}
