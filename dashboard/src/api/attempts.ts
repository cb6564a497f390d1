import { useQuery } from '@tanstack/react-query';

import { base } from './base';
import { api, must } from './client';
import { typed, type JobRef } from './job';
import { keys } from './keys';
import type { LogLine } from './types';

/** useEvents are all events of a job that the cluster still has; its page has the newest. They are read again for another version of what is shown, not for each report of progress. */
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

/** Of which of a job's pods the run before is looked at: the Launcher, where there is one, and Workers whose container was started again. */
export interface Before {
  launcher: boolean;
  workers: readonly number[];
}

/** previousLogURL is where the log of the run before is. */
export function previousLogURL(ref: JobRef, { launcher, workers }: Before): string {
  const q = new URLSearchParams([...Object.entries(typed(ref)), ...(launcher ? [['launcher', 'true']] : []), ...workers.map((i) => ['worker', String(i)]), ['previous', 'true']]);
  return `${base}/api/v1/namespaces/${ref.namespace}/trainingjobs/${ref.name}/logs/content?${q.toString()}`;
}

/** usePreviousLog is the end of that log. */
export function usePreviousLog(ref: JobRef, { launcher, workers }: Before, version: string) {
  return useQuery({
    queryKey: [...keys.attempts(ref.namespace, ref.name, version), workers],
    retry: false,
    queryFn: async ({ signal }): Promise<LogLine[]> => {
      const query = { ...typed(ref), ...(launcher && { launcher }), ...(workers.length > 0 && { worker: [...workers] }), previous: true, tail: tailLines };
      const text = must(await api.GET('/api/v1/namespaces/{namespace}/trainingjobs/{name}/logs', { params: { path: { namespace: ref.namespace, name: ref.name }, query }, parseAs: 'text', signal }));
      return (text)
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as LogLine);
    },
  });
}
