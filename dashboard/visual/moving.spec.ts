import type { Page } from '@playwright/test';

import { moving } from './moving';
import { expect, ready, test, type Others } from './show';
import { api, jobs, list, team } from './states/state';

/** What moves, to whoever hasn't asked that nothing does. */
const all: readonly { what: string; at: string; others: Others; act?: (page: Page) => Promise<void> }[] = [
  { what: 'what stands for a list that loads', at: `${team}/jobs`, others: { [list]: 'never' } },
  { what: 'what stands for a job that loads', at: `${team}/jobs/bert-base`, others: { [`${jobs}/bert-base/status`]: 'never' } },
  {
    what: 'a button whose doing takes its time',
    at: `${team}/templates?save=bert-base`,
    others: { [`POST ${api}/templates`]: 'never' },
    act: async (page) => {
      await page.getByRole('textbox', { name: 'Name' }).fill('bert');
      await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    },
  },
];

for (const { what, at, others, act } of all) {
  test(`${what} moves, and not where that was asked for`, async ({ page, serve }) => {
    const served = await serve(others);
    const open = async (reducedMotion: 'reduce' | 'no-preference') => {
      await page.emulateMedia({ reducedMotion });
      await page.goto(at);
      await ready(page, served, true);
      await act?.(page);
    };
    await open('no-preference');
    await expect.poll(() => moving(page)).not.toEqual([]);
    await open('reduce');
    await ready(page, served, true);
    expect(await moving(page)).toEqual([]);
  });
}
