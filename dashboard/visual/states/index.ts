import { create } from './create';
import { job } from './job';
import { jobList } from './list';
import { logsAndShell } from './logs';
import { metrics } from './metrics';
import { project } from './project';
import { session } from './session';
import type { State } from './state';

/** Every page's states. */
export const states: readonly State[] = [...session, ...jobList, ...create, ...job, ...logsAndShell, ...metrics, ...project];
