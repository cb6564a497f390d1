import type { BulkAction } from '~/api/jobs';
import type { Job } from '~/api/types';

import { may } from './may';

/** Why an action can't be done with a job. */
export type Why = 'finished' | 'deleting' | 'suspended' | 'running' | 'queued' | 'type' | 'right';

export interface Split {
  can: Job[];
  /** Those left out, by why, in the order of the jobs. */
  cant: { why: Why; jobs: Job[] }[];
}

/** split says with which jobs an action makes sense and may be done; allowed is the caller's right to it in a namespace. */
export function split(action: BulkAction, jobs: readonly Job[], allowed: (namespace: string) => boolean): Split {
  const can: Job[] = [];
  const cant = new Map<Why, Job[]>();
  for (const job of jobs) {
    const why = may[action](job) ? (allowed(job.namespace) ? undefined : 'right') : whyNot(action, job);
    if (why === undefined) can.push(job);
    else cant.set(why, [...(cant.get(why) ?? []), job]);
  }
  return { can, cant: [...cant].map(([why, of]) => ({ why, jobs: of })) };
}

/** whyNot is what of a job's phase stands against it; where nothing does it is the job's type. */
function whyNot(action: BulkAction, { phase }: Job): Why {
  if (phase === 'Terminating') return 'deleting';
  if (action === 'delete') return 'type';
  if (phase === 'Succeeded' || phase === 'Failed') return 'finished';
  if (action === 'suspend') return phase === 'Suspended' ? 'suspended' : 'type';
  if (phase === 'Queued') return 'queued';
  return phase === 'Suspended' ? 'type' : 'running';
}
