import type { Page } from '@playwright/test';

import { json } from '../show';
import { api, team, type State } from './state';

/** The form for a new job. */
export const create: readonly State[] = [
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
    name: 'create-experts',
    at: `${team}/create`,
    looks: ['light', 'phone'],
    act: async (page) => {
      await page.getByRole('button', { name: 'For experts' }).click();
      await page.getByLabel('Options of mpirun').scrollIntoViewIfNeeded();
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
];

/** fill says what job it shall be; it waits until it is said whether that fits. */
export async function fill(page: Page, found = /fits? now/) {
  await page.getByLabel('Name').fill('bert-base-3');
  await page.getByLabel('Image').fill('mpijob.sandbox/openmpi:4.1');
  await page.getByLabel('Command').fill('python train.py --epochs 3');
  await page.getByLabel('GPUs per Worker').fill('6');
  await page.getByText(found).waitFor();
}
