import { expect, test, type Page } from '@playwright/test';

import { measured } from './measured';
import { json, ready, refused, serve, type Others } from './show';
import { told, toldBefore, toldOnce } from './told';

/** A state of a page: where it is, what is answered otherwise than recorded, and what is done before it is looked at. */
interface State {
  name: string;
  at: string;
  looks?: readonly Look[];
  others?: Others;
  act?: (page: Page) => Promise<void>;
  /** It is one in which something is still awaited. */
  waits?: boolean;
}
type Look = 'light' | 'dark' | 'contrast' | 'phone' | 'wide';

const sizes = { light: [1180, 740], dark: [1180, 740], contrast: [1180, 740], phone: [390, 780], wide: [1800, 900] } as const;

const team = '/projects/team-a';
const api = '/api/v1/namespaces/team-a';
const list = `GET ${api}/trainingjobs?limit=20&sortBy=created`;
const none = json({ items: [], total: 0, position: '1' });
const nobody = { 'GET /session': refused(401, 'Unauthenticated', 'no token was sent') };

const states: readonly State[] = [
  { name: 'sign-in', at: '/', others: nobody, looks: ['light', 'dark', 'phone'] },
  { name: 'no-service', at: `${team}/jobs`, others: { 'GET /session': refused(503, 'ClusterUnreachable', 'the API server does not answer', 'The cluster does not answer') } },
  { name: 'jobs', at: `${team}/jobs`, looks: ['light', 'dark', 'contrast', 'phone', 'wide'] },
  { name: 'jobs-progress', at: `${team}/jobs`, others: told, looks: ['light', 'phone'] },
  { name: 'jobs-loading', at: `${team}/jobs`, others: { [list]: 'never' }, waits: true },
  { name: 'jobs-none', at: `${team}/jobs`, others: { [list]: none } },
  { name: 'jobs-no-match', at: `${team}/jobs?search=nothing`, others: { [`GET ${api}/trainingjobs?limit=20&sortBy=created&search=nothing`]: none } },
  { name: 'jobs-forbidden', at: `${team}/jobs`, others: { [list]: refused(403, 'Forbidden', 'denied: scientist may not list mpijobs in namespace team-a') } },
  {
    name: 'jobs-chosen',
    at: `${team}/jobs`,
    act: async (page) => {
      await page.getByRole('checkbox', { name: 'Select bert-base', exact: true }).check();
      await page.getByRole('checkbox', { name: 'Select resnet-50' }).check();
      await page.getByRole('button', { name: '2 jobs selected' }).click();
      await page.getByRole('menuitem', { name: 'Delete' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  { name: 'create', at: `${team}/create`, looks: ['light', 'phone'] },
  { name: 'create-guide', at: `${team}/create`, looks: ['light', 'dark'], act: (page) => page.getByRole('radio', { name: /^torchrun/ }).press('Space') },
  { name: 'create-missing', at: `${team}/create`, act: (page) => page.getByRole('button', { name: 'Create job' }).click() },
  { name: 'create-no-room', at: `${team}/create`, looks: ['light', 'dark'], act: (page) => fill(page) },
  {
    name: 'create-cost',
    at: `${team}/create`,
    others: {
      [`POST ${api}/preflight`]: json({
        name: 'bert-base-3',
        namespace: 'team-a',
        outcome: 'Fits',
        message: 'It would start now: 12 nvidia.com/gpu for 2 Workers and the Launcher',
        workers: 2,
        largestWorkers: 2,
        checks: [],
        cost: { currency: 'EUR', perHour: '12.40', atMost: '297.60', unpriced: ['amd.com/gpu'], text: 'about 12.40 EUR an hour, at most 297.60 EUR by its time limit of 24h, without a price for amd.com/gpu' },
      }),
    },
    act: async (page) => {
      await fill(page, /12.40 EUR/);
    },
  },
  {
    name: 'create-more',
    at: `${team}/create`,
    looks: ['wide'],
    act: async (page) => {
      await page.getByRole('button', { name: 'More' }).click();
      for (const add of ['Add a variable', 'Add a claim']) await page.getByRole('button', { name: add }).click();
      await page.getByRole('button', { name: 'Add a claim' }).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'create-yaml',
    at: `${team}/create`,
    act: async (page) => {
      await fill(page);
      await page.getByRole('button', { name: 'YAML' }).click();
    },
  },
  { name: 'job-running', at: `${team}/jobs/resnet-50`, looks: ['light', 'wide'] },
  { name: 'job-waiting', at: `${team}/jobs/llama-tune` },
  { name: 'job-suspended', at: `${team}/jobs/vision-sweep` },
  { name: 'job-succeeded', at: `${team}/jobs/bert-base` },
  { name: 'job-failed', at: `${team}/jobs/bert-large`, looks: ['light', 'dark', 'contrast', 'phone'] },
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
    at: `${team}/jobs/bert-large`,
    looks: ['light', 'dark'],
    others: { [`POST ${api}/trainingjobs/bert-large/retry`]: { status: 504, type: 'text/html', body: '<html>' } },
    act: async (page) => {
      await page.getByRole('button', { name: 'Retry' }).click();
      await page.getByRole('button', { name: 'Try again' }).waitFor();
    },
  },
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
  {
    name: 'job-logs',
    at: `${team}/jobs/bert-base-2?tab=logs`,
    looks: ['light', 'dark', 'phone'],
    act: async (page) => {
      await page.getByText('The log ends here').waitFor();
      await page.getByRole('log').evaluate((log) => log.scrollTo(0, log.scrollHeight));
    },
  },
  { name: 'job-shell', at: `${team}/jobs/resnet-50?tab=shell` },
  { name: 'job-no-shell', at: `${team}/jobs/bert-base?tab=shell` },
  { name: 'job-no-metrics', at: `${team}/jobs/resnet-50?tab=metrics` },
  { name: 'job-metrics', at: `${team}/jobs/resnet-50?tab=metrics`, others: measured, looks: ['dark', 'wide'] },
  { name: 'job-training', at: `${team}/jobs/resnet-50?tab=metrics`, others: told, looks: ['light', 'dark', 'contrast', 'phone', 'wide'] },
  {
    name: 'job-training-table',
    at: `${team}/jobs/resnet-50?tab=metrics`,
    others: toldBefore,
    act: async (page) => {
      await page.getByRole('button', { name: 'As a table' }).click();
      await page.getByRole('grid', { name: 'Training metrics' }).scrollIntoViewIfNeeded();
    },
  },
  { name: 'job-training-once', at: `${team}/jobs/resnet-50?tab=metrics`, others: toldOnce },
  { name: 'job-outputs', at: `${team}/jobs/bert-base?tab=outputs`, others: measured },
  { name: 'job-no-outputs', at: `${team}/jobs/bert-base?tab=outputs` },
  { name: 'job-events', at: `${team}/jobs/bert-base-2?tab=events` },
  { name: 'job-yaml', at: `${team}/jobs/bert-base?tab=yaml` },
  { name: 'compare', at: `${team}/compare?job=bert-base&job=bert-base-2` },
  { name: 'templates', at: `${team}/templates` },
  { name: 'usage', at: `${team}/usage`, looks: ['light', 'dark'] },
  { name: 'help', at: '/help#RankOOMKilled', looks: ['light', 'phone'] },
];

async function fill(page: Page, found = /fits? now/) {
  await page.getByLabel('Name').fill('bert-base-3');
  await page.getByLabel('Image').fill('mpijob.sandbox/openmpi:4.1');
  await page.getByLabel('Command').fill('python train.py --epochs 3');
  await page.getByLabel('GPUs per Worker').fill('6');
  await page.getByText(found).waitFor();
}

for (const s of states) {
  for (const look of s.looks ?? ['light']) {
    const name = look === 'light' ? s.name : `${s.name}-${look}`;
    test(name, async ({ page }) => {
      const [width, height] = sizes[look];
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme: look === 'dark' ? 'dark' : 'light', contrast: look === 'contrast' ? 'more' : 'no-preference', reducedMotion: 'reduce' });
      const served = await serve(page, s.others);
      await page.goto(s.at);
      await ready(page, served, s.waits === true);
      await s.act?.(page);
      if (s.act) await ready(page, served, s.waits === true);
      await page.mouse.move(0, 0);
      await expect(page).toHaveScreenshot(`${name}.png`);
      expect(served.wrong).toEqual([]);
    });
  }
}
