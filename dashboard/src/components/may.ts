import type { Job } from '~/api/types';
import { typeOf } from '~/jobtypes';
import type { JobAction } from '~/jobtypes/jobType';

type Of = Pick<Job, 'type' | 'phase'>;

/** finished says that a job is over, and stays. */
export const finished = (j: Pick<Of, 'phase'>) => j.phase === 'Succeeded' || j.phase === 'Failed';

const over = (j: Of) => finished(j) || j.phase === 'Terminating';
const has = (j: Of, action: JobAction) => typeOf(j).actions.includes(action);

/** may says which actions make sense for a job of its type, in its phase; who may do them is another question. */
export const may = {
  suspend: (j: Of) => has(j, 'suspend') && !over(j) && j.phase !== 'Suspended',
  resume: (j: Of) => has(j, 'resume') && j.phase === 'Suspended',
  retry: (j: Of) => has(j, 'retry') && finished(j),
  clone: (j: Of) => has(j, 'clone'),
  template: (j: Of) => has(j, 'template'),
  delete: (j: Of) => has(j, 'delete') && j.phase !== 'Terminating',
} as const;
