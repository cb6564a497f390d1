import { usualType } from '~/api/job';
import type { Job, JobType } from '~/api/types';
import { pathOf } from '~/app/scope';

/** jobPath is the address of a job's page. */
export function jobPath(job: Pick<Job, 'namespace' | 'name' | 'type'>): string {
  const at = pathOf(job.namespace, `jobs/${encodeURIComponent(job.name)}`);
  return job.type === usualType ? at : `${at}?type=${job.type}`;
}

/** typeIn is the job's type that such an address says; also one that this page doesn't know, which is none of the usual type either. */
export const typeIn = (query: URLSearchParams) => (query.get('type') ?? usualType) as JobType;
