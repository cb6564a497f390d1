import { queryOptions, useMutation, useQuery, useQueryClient, type QueryState } from '@tanstack/react-query';

import { api, must } from './client';
import { keys } from './keys';
import { membersOf } from './members';
import { once } from './once';
import { asProblem, final } from './problem';
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

/** A job, and what is known of it besides. */
export interface Known extends Detail {
  /** From where on the stream of its namespace tells what has changed since; who may not follow it has none. */
  position?: string;
  /** When this page first saw it in its phase, and last saw pods of it, by its own clock: the cluster's may be another. */
  phaseSeen: number;
  podsSeen: number;
}

/** How often a job is read again that no event of the stream may come for. */
const every = { soon: 3_000, steady: 15_000, late: 60_000 };
/** For how long pods that come up or go are looked for closely, and the last events of a job whose pods are gone. */
const within = { starting: 5 * 60_000, ending: 60_000, events: 15_000 };

const ended: readonly Member['phase'][] = ['Absent', 'Succeeded', 'Failed'];
const podsLeft = (job: Pick<Detail, 'launcherPod' | 'workerPods'>) => membersOf(job).some((m) => !ended.includes(m.phase));

/**
 * readAgain is after how long a job is read again: its pods and events change without it, and the stream tells of jobs alone.
 * Why they aren’t watched: docs/decisions/0049-what-no-event-tells.md.
 */
export function readAgain({ data: job, error, dataUpdatedAt }: Pick<QueryState<Known>, 'data' | 'error' | 'dataUpdatedAt'>): number | false {
  if (!job) return false; // with its stream, as soon as that is there: what is said of the error stays until then
  if (error) return !final(asProblem(error).status) && every.steady;
  // A clock may be set back.
  const lately = (since: number, ms: number) => dataUpdatedAt >= since && dataUpdatedAt - since < ms;
  if (job.finished !== undefined || job.phase === 'Suspended') {
    if (podsLeft(job)) return lately(job.phaseSeen, within.ending) ? every.soon : every.late;
    if (lately(Math.max(job.phaseSeen, job.podsSeen), within.events)) return every.soon;
    return job.position === undefined && every.steady; // for who isn't told of its next change
  }
  if (job.phase === 'Running' || job.phase === 'Queued') return every.steady;
  return lately(job.phaseSeen, within.starting) ? every.soon : every.steady;
}

export const detailOptions = (ref: JobRef) =>
  queryOptions({
    queryKey: [...keys.job(ref.namespace, ref.name), ref.type],
    queryFn: async ({ signal, client, queryKey }): Promise<Known> => {
      const answer = await api.GET('/api/v1/namespaces/{namespace}/trainingjobs/{name}/status', {
        params: { path: { namespace: ref.namespace, name: ref.name }, query: typed(ref) },
        signal,
      });
      const position = answer.response.headers.get('Position');
      const job = must(answer);
      const before = client.getQueryData<Known>(queryKey);
      const known = before?.uid === job.uid ? before : undefined;
      const now = Date.now();
      const seen = { phaseSeen: known?.phase === job.phase ? known.phaseSeen : now, podsSeen: podsLeft(job) ? now : (known?.podsSeen ?? 0) };
      return { ...job, ...(position !== null && { position }), ...seen };
    },
  });

/** useDetail reads a job with all that hangs on it; while the page isn't seen, it isn't read again. */
export function useDetail(ref: JobRef) {
  return useQuery({ ...detailOptions(ref), refetchInterval: ({ state }) => readAgain(state) });
}

/**
 * followedFrom is where the stream of what is shown, a job or a list, begins: where that ends, and with everything where nothing
 * could be read, for it may be there soon. Nowhere while it isn't known, or for who may not see it.
 */
export function followedFrom({ data, error }: { data: { position?: string } | undefined; error: Error | null }): string | undefined {
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
