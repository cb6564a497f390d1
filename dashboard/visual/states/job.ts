import type { Page } from '@playwright/test';

import type { Detail } from '../../src/api/types';
import { was } from '../answers';
import { measured } from '../measured';
import { json, refused } from '../show';
import { told } from '../told';
import { api, jobs, team, type State } from './state';

const scrollTo = (title: string) => (page: Page) => page.getByRole('heading', { name: title }).evaluate((e) => e.scrollIntoView());

/** A job that is tried the third time. */
const third = was(`${jobs}/resnet-50/status`) as Detail;
const ended = (at: string, why: string) => ({ reason: 'MPIJobRestarting', about: 'MPIJob', message: `Trying again after: ${why}`, at, count: 1 }) as const;
const ends = [ended('2026-11-29T12:29:50Z', 'Worker 1, rank 3: out of memory, 512 of 512 MiB'), ended('2026-11-29T12:30:40Z', 'Worker 0 was lost with its node')];
const again = {
  [`${jobs}/resnet-50/status`]: json({ ...third, attempt: 3, started: '2026-11-29T12:30:45Z', events: ends }),
  [`${jobs}/resnet-50/events`]: json(ends),
};

/** A job's page, but its logs, shell and metrics. */
export const job: readonly State[] = [
  { name: 'job-running', at: `${team}/jobs/resnet-50`, looks: ['light', 'forced', 'wide'] },
  { name: 'job-waiting', at: `${team}/jobs/llama-tune` },
  { name: 'job-suspended', at: `${team}/jobs/vision-sweep` },
  { name: 'job-succeeded', at: `${team}/jobs/bert-base` },
  { name: 'job-failed', at: `${team}/jobs/bert-large`, looks: ['light', 'dark', 'contrast', 'forced', 'phone'] },
  { name: 'job-progress', at: `${team}/jobs/resnet-50`, others: told, looks: ['light', 'dark', 'phone'] },
  { name: 'job-cost', at: `${team}/jobs/resnet-50`, others: told, looks: ['light', 'phone'], act: (page) => page.getByText('Time limit').scrollIntoViewIfNeeded() },
  { name: 'job-succeeded-progress', at: `${team}/jobs/bert-base`, others: told },
  {
    name: 'job-limit',
    at: `${team}/jobs/resnet-50`,
    act: async (page) => {
      await page.getByRole('button', { name: 'Time limit' }).click();
      await page.getByRole('dialog', { name: 'Time limit' }).waitFor();
    },
  },
  { name: 'job-failed-progress', at: `${team}/jobs/bert-large`, others: told },
  {
    name: 'job-unanswered',
    at: `${team}/jobs/bert-base`,
    looks: ['light', 'dark'],
    others: { [`POST ${api}/trainingjobs/bert-base/retry`]: { status: 504, type: 'text/html', body: '<html>' } },
    act: async (page) => {
      await page.getByRole('button', { name: 'Actions' }).click();
      await page.getByRole('menuitem', { name: 'Retry' }).click();
      await page.getByRole('button', { name: 'Try again' }).waitFor();
    },
  },
  { name: 'job-attempts', at: `${team}/jobs/resnet-50`, others: again, looks: ['light', 'dark', 'phone'], act: scrollTo('Attempts') },
  { name: 'job-fix', at: `${team}/jobs/bert-large`, act: (page) => page.getByRole('button', { name: 'Clone with the fix' }).click() },
  {
    name: 'job-clone-limit',
    at: `${team}/jobs/bert-large`,
    act: async (page) => {
      await page.getByRole('button', { name: 'Clone with the fix' }).click();
      await page.getByLabel('Time limit').fill('48h');
    },
  },
  {
    name: 'job-worker',
    at: `${team}/jobs/resnet-50`,
    act: async (page) => {
      await page.getByRole('button', { name: /Worker 1/ }).click();
      await page.getByRole('button', { name: /Log of Worker 1/ }).scrollIntoViewIfNeeded();
    },
  },
  { name: 'job-absent', at: `${team}/jobs/nothing`, others: { [`GET ${api}/trainingjobs/nothing/status`]: refused(404, 'NotFound', 'MPIJob "nothing" not found in namespace "team-a"', 'Not found') } },
  { name: 'job-loading', at: `${team}/jobs/bert-base`, others: { [`GET ${api}/trainingjobs/bert-base/status`]: 'never' }, waits: true },
  { name: 'job-outputs', at: `${team}/jobs/bert-base?tab=outputs`, others: measured },
  { name: 'job-no-outputs', at: `${team}/jobs/bert-base?tab=outputs` },
  { name: 'job-events', at: `${team}/jobs/bert-base-2?tab=events` },
  { name: 'job-yaml', at: `${team}/jobs/bert-base?tab=yaml` },
  { name: 'job-topology', at: `${team}/jobs/llama-tune`, looks: ['light', 'dark', 'forced'], act: scrollTo('Launcher and Workers') },
  { name: 'job-topology-failed', at: `${team}/jobs/bert-large`, looks: ['light', 'forced'], act: scrollTo('Launcher and Workers') },
  { name: 'job-no-events', at: `${team}/jobs/bert-base-2?tab=events`, others: { [`${jobs}/bert-base-2/status`]: json({ ...(was(`${jobs}/bert-base-2/status`) as Detail), events: [] }) } },
];
