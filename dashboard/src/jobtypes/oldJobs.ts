import { jobtypes } from '~/words/jobtypes';

import type { OneJobType } from './jobType';

/** toLookAt is a type whose jobs are only read: old PyTorchJobs and TFJobs, and types that this page doesn't know. */
export const toLookAt: Omit<OneJobType, 'type'> = {
  tabs: ['overview', 'logs', 'metrics', 'events', 'yaml'],
  actions: [],
  explained: false,
  agent: false,
  words: jobtypes.workers,
};

export const pyTorchJob: OneJobType = { ...toLookAt, type: 'PyTorchJob' };
export const tfJob: OneJobType = { ...toLookAt, type: 'TFJob' };
