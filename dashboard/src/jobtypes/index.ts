import type { Job, JobType } from '~/api/types';
import { words } from '~/words/words';

import type { JobAction, OneJobType } from './jobType';
import { mpiJob } from './mpiJob';
import { pyTorchJob, tfJob, toLookAt } from './oldJobs';
import { trainJob } from './trainJob';

const all: Readonly<Record<JobType, OneJobType>> = { MPIJob: mpiJob, TrainJob: trainJob, PyTorchJob: pyTorchJob, TFJob: tfJob };

/** jobTypes are all there are, in the order in which they are offered. */
export const jobTypes = Object.keys(all) as readonly JobType[];

const known = (type: JobType) => Object.hasOwn(all, type);

/** typeOf is what is known of a job's type. A newer service has types that this page doesn't know: their jobs are there to look at. */
export const typeOf = ({ type }: Pick<Job, 'type'>): OneJobType => (known(type) ? all[type] : { ...toLookAt, type });

/** nameOf is what a job's type is called. */
export const nameOf = ({ type }: Pick<Job, 'type'>): string => (known(type) ? words.types[type] : type);

/** typesThat are those whose jobs can do something. */
export const typesThat = (action: JobAction): JobType[] => jobTypes.filter((t) => all[t].actions.includes(action));
