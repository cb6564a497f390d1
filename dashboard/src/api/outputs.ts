import { useQuery } from '@tanstack/react-query';

import { base } from './base';
import { api, must } from './client';
import { typed, type JobRef } from './job';
import { asProblem } from './problem';
import type { Job } from './types';

/** useOutputs are the files a job left; that may take a while, for a claim is read by a pod. */
export function useOutputs(ref: JobRef, job: Pick<Job, 'uid' | 'finished'>) {
  return useQuery({
    queryKey: ['outputs', ref.namespace, ref.name, job.uid, job.finished], // another job of that name, or its end, is another question
    // What the service answers is final; a connection that broke while a pod started is not.
    retry: (failures, error) => failures < 3 && asProblem(error).status === 0,
    staleTime: Infinity, // asked again when one asks for it: a pod is started each time
    queryFn: async ({ signal }) => must(await api.GET('/api/v1/namespaces/{namespace}/trainingjobs/{name}/outputs', { params: { path: { namespace: ref.namespace, name: ref.name }, query: typed(ref) }, signal })),
  });
}

/** outputAddress is where a browser downloads a file, or all of them as a tar file. */
export function outputAddress(ref: JobRef, path?: string): string {
  const all = `${base}/api/v1/namespaces/${encodeURIComponent(ref.namespace)}/trainingjobs/${encodeURIComponent(ref.name)}/outputs/content`;
  const query = Object.entries({ ...typed(ref), ...(path !== undefined && { path }) }).map(([k, v]) => `${k}=${encodeURIComponent(v)}`);
  return query.length === 0 ? all : `${all}?${query.join('&')}`;
}
