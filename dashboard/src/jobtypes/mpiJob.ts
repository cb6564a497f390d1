import { jobtypes } from '~/words/jobtypes';

import { tabs, type OneJobType } from './jobType';

/** mpiJob has everything. */
export const mpiJob: OneJobType = {
  type: 'MPIJob',
  tabs,
  actions: ['suspend', 'resume', 'retry', 'clone', 'template', 'delete'],
  explained: true,
  agent: true,
  words: jobtypes.launcherAndWorkers,
};
