import type { Job } from '~/api/types';

type Of = Pick<Job, 'type' | 'phase'>;

const over = (j: Of) => j.phase === 'Succeeded' || j.phase === 'Failed' || j.phase === 'Terminating';
/** Old PyTorchJobs and TFJobs are there to look at. */
const ours = (j: Of) => j.type === 'MPIJob' || j.type === 'TrainJob';

/** may says which actions make sense for a job in its phase; who may do them is another question. */
export const may = {
  suspend: (j: Of) => ours(j) && !over(j) && j.phase !== 'Suspended',
  resume: (j: Of) => ours(j) && j.phase === 'Suspended',
  retry: (j: Of) => j.type === 'MPIJob' && (j.phase === 'Failed' || j.phase === 'Succeeded'),
  clone: (j: Of) => j.type === 'MPIJob',
  delete: (j: Of) => ours(j) && j.phase !== 'Terminating',
} as const;
