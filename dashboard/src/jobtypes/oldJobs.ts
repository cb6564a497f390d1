import { jobtypes } from '~/words/jobtypes';

import type { OneJobType } from './jobType';

/** Old PyTorchJobs and TFJobs are there to look at. */
const old: Omit<OneJobType, 'type'> = {
  tabs: ['overview', 'logs', 'metrics', 'events', 'yaml'],
  actions: [],
  explained: false,
  agent: false,
  words: jobtypes.workers,
};

export const pyTorchJob: OneJobType = { ...old, type: 'PyTorchJob' };
export const tfJob: OneJobType = { ...old, type: 'TFJob' };
