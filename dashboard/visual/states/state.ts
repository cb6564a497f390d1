import type { Page } from '@playwright/test';

import { json, type Others, type Served } from '../show';

/** A state of a page: where it is, what is answered otherwise than recorded, and what is done before it is looked at. */
export interface State {
  name: string;
  at: string;
  looks?: readonly Look[];
  others?: Others;
  /** What is done before it is gone to. */
  before?: (page: Page) => Promise<unknown>;
  act?: (page: Page, served: Served) => Promise<unknown>;
  /** It is one in which something is still awaited. */
  waits?: boolean;
}
/** How it is looked at; "forced" is in the few colours that a system forces upon pages, as Windows' high contrast does. */
export type Look = keyof typeof sizes;

export const sizes = { light: [1180, 740], dark: [1180, 740], contrast: [1180, 740], forced: [1180, 740], phone: [390, 780], laptop: [1280, 740], wide: [1800, 900] } as const;

export const team = '/projects/team-a';
export const api = '/api/v1/namespaces/team-a';
export const list = `GET ${api}/trainingjobs?limit=20&sortBy=created`;
export const jobs = `GET ${api}/trainingjobs`;
export const streamOfJobs = `GET /api/v1/streams/namespaces/team-a/trainingjobs`;
export const logsOf = (name: string) => `${streamOfJobs}/${name}/logs?launcher=true&allWorkers=true`;
export const none = json({ items: [], total: 0, position: '1' });
