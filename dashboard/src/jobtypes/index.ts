import type { Job, JobType } from '~/api/types';

import type { JobAction, OneJobType } from './jobType';
import { mpiJob } from './mpiJob';
import { pyTorchJob, tfJob } from './oldJobs';
import { trainJob } from './trainJob';

const all: Readonly<Record<JobType, OneJobType>> = { MPIJob: mpiJob, TrainJob: trainJob, PyTorchJob: pyTorchJob, TFJob: tfJob };

/** jobTypes are all there are, in the order in which they are offered. */
export const jobTypes = Object.keys(all) as readonly JobType[];

/** typeOf is what is known of a job's type. */
export const typeOf = (job: Pick<Job, 'type'>): OneJobType => all[job.type];

/** typesThat are those whose jobs can do something. */
export const typesThat = (action: JobAction): JobType[] => jobTypes.filter((t) => all[t].actions.includes(action));
