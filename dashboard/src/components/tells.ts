import type { Job } from '~/api/types';

const phases: readonly Job['phase'][] = ['Suspended', 'Queued', 'Pending', 'Initializing', 'Terminating'];

/** tells says whether a job's message is what it waits for; that of a running one only says that it runs. */
export function tells(job: Pick<Job, 'phase' | 'message'>): boolean {
  return Boolean(job.message) && phases.includes(job.phase);
}
