import { useQuery, type QueryKey } from '@tanstack/react-query';

import { api, must } from './client';
import { typed, type JobRef } from './job';
import { asProblem, final } from './problem';
import type { Curve, ProgressCurve } from './types';

const of = (ref: JobRef) => ({ path: { namespace: ref.namespace, name: ref.name }, query: typed(ref) });

/** The service says how often it measures; until it has said so, it is asked this often. */
const first = 15;

/** What is drawn stays until the next is there, but never another job's. */
const drawn = (uid: string) => <T>(was: T | undefined, of: { queryKey: QueryKey } | undefined) => (of?.queryKey[3] === uid ? was : undefined);

/** useCurves is what a job's Launcher and Workers used, asked again as often as it is measured while the job runs, and once it has ended. */
export function useCurves(ref: JobRef, uid: string, running: boolean) {
  return useQuery<Curve>({
    queryKey: ['curves', ref.namespace, ref.name, uid, running],
    // Each reading is tried once, for the next comes soon; the last one as all else is.
    retry: (failures, error) => !running && failures < 3 && !final(asProblem(error).status),
    placeholderData: drawn(uid),
    queryFn: async ({ signal }) => must(await api.GET('/api/v1/namespaces/{namespace}/trainingjobs/{name}/metrics', { params: of(ref), signal })),
    refetchInterval: (query) => running && (query.state.data?.everySeconds ?? first) * 1000,
  });
}

/** useProgressCurve is what a job's program told over time, asked again when the job has told anew: the stream of jobs brings that. */
export function useProgressCurve(ref: JobRef, uid: string, newest: string | undefined) {
  return useQuery<ProgressCurve>({
    queryKey: ['progress', ref.namespace, ref.name, uid, newest],
    enabled: newest !== undefined,
    gcTime: 0, // each answer has all of those before
    placeholderData: drawn(uid),
    queryFn: async ({ signal }) =>
      must(await api.GET('/api/v1/namespaces/{namespace}/trainingjobs/{name}/progress', { params: of(ref), signal })),
  });
}

/** useUsage is what they use now, beside their limits. */
export function useUsage(ref: JobRef, uid: string, running: boolean) {
  return useQuery({
    queryKey: ['usage', ref.namespace, ref.name, uid],
    retry: false,
    queryFn: async ({ signal }) => must(await api.GET('/api/v1/namespaces/{namespace}/trainingjobs/{name}/usage', { params: of(ref), signal })),
    refetchInterval: running && first * 1000,
  });
}
