import { usualType } from '~/api/job';
import type { Job } from '~/api/types';
import { pathOf } from '~/app/scope';

/** jobPath is the address of a job's page. */
export function jobPath(job: Pick<Job, 'namespace' | 'name' | 'type'>): string {
  const at = pathOf(job.namespace, `jobs/${encodeURIComponent(job.name)}`);
  return job.type === usualType ? at : `${at}?type=${job.type}`;
}
