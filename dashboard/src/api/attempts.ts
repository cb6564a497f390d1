import { useQuery } from '@tanstack/react-query';

import { base } from './base';
import { api, must } from './client';
import { typed, type JobRef } from './job';
import { keys } from './keys';
import type { LogLine } from './types';

/** useEvents are all events of a job that the cluster still has; its page has the newest. They are read again for another version of it, not for each report of progress. */
export function useEvents(ref: JobRef, version: string, wanted: boolean) {
  return useQuery({
    queryKey: keys.attempts(ref.namespace, ref.name, version),
    enabled: wanted,
    queryFn: async ({ signal }) =>
      must(await api.GET('/api/v1/namespaces/{namespace}/trainingjobs/{name}/events', { params: { path: { namespace: ref.namespace, name: ref.name }, query: typed(ref) }, signal })),
  });
}

/** How many lines of an earlier run are shown; the download has all. */
export const tailLines = 200;

/** previousLogURL is where the log of the run before is: of the Launcher, and of Workers whose container was started again. */
export function previousLogURL(namespace: string, name: string, workers: readonly number[]): string {
  const q = new URLSearchParams([['launcher', 'true'], ...workers.map((i) => ['worker', String(i)]), ['previous', 'true']]);
  return `${base}/api/v1/namespaces/${namespace}/trainingjobs/${name}/logs/content?${q.toString()}`;
}

/** usePreviousLog is the end of that log. */
export function usePreviousLog(ref: JobRef, workers: readonly number[], version: string) {
  return useQuery({
    queryKey: [...keys.attempts(ref.namespace, ref.name, version), workers],
    retry: false,
    queryFn: async ({ signal }): Promise<LogLine[]> => {
      const query = { launcher: true, ...(workers.length > 0 && { worker: [...workers] }), previous: true, tail: tailLines };
      const text = must(await api.GET('/api/v1/namespaces/{namespace}/trainingjobs/{name}/logs', { params: { path: { namespace: ref.namespace, name: ref.name }, query }, parseAs: 'text', signal }));
      return (text)
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as LogLine);
    },
  });
}
