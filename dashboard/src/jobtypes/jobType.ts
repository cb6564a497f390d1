import type { JobType } from '~/api/types';
import type { jobtypes } from '~/words/jobtypes';

/** The parts of a job's page, in their order. */
export const tabs = ['overview', 'logs', 'metrics', 'outputs', 'shell', 'events', 'yaml'] as const;
export type Tab = (typeof tabs)[number];

/** What can be done to a job; template is to save it as one. */
export type JobAction = 'suspend' | 'resume' | 'retry' | 'clone' | 'template' | 'delete';

/** OneJobType is what the dashboard knows of a type of job: what jobs of it have and can, and what their parts are called. */
export interface OneJobType {
  type: JobType;
  /** What the page of a job has of tabs. */
  tabs: readonly Tab[];
  actions: readonly JobAction[];
  /** Its failures are explained, each by its reason on the page of help. */
  explained: boolean;
  /** Its programs can tell progress with what the product puts into their pods. */
  agent: boolean;
  words: (typeof jobtypes)[keyof typeof jobtypes];
}
