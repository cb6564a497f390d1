import { jobtypes } from '~/words/jobtypes';

import type { OneJobType } from './jobType';

/** trainJob is Kubeflow Trainer's: it has nodes, and names no output that could be listed. */
export const trainJob: OneJobType = {
  type: 'TrainJob',
  tabs: ['overview', 'logs', 'metrics', 'shell', 'events', 'yaml'],
  actions: ['suspend', 'resume', 'delete'],
  explained: false,
  agent: false,
  words: jobtypes.nodes,
};
