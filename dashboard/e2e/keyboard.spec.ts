import type { Page } from '@playwright/test';

import { expect, gone, image, test, token, visit } from './sandbox';

/** tabTo goes on with the Tab key until what has the focus is called so; who can't see it would not find it otherwise. */
async function tabTo(page: Page, role: 'button' | 'link' | 'tab' | 'textbox' | 'menuitem', name: string | RegExp) {
  const wanted = page.getByRole(role, typeof name === 'string' ? { name, exact: true } : { name });
  for (let left = 80; left > 0; left--) {
    await page.keyboard.press('Tab');
    const found = await wanted.evaluateAll((all) => all.includes(document.activeElement as never));
    if (found) {
      const ring = await page.evaluate(() => {
        const s = getComputedStyle(document.activeElement ?? document.body);
        return s.outlineStyle !== 'none' || s.boxShadow !== 'none' || s.getPropertyValue('border-block-end-width') !== '0px';
      });
      expect(ring, `the focus on ${String(name)} can be seen`).toBe(true);
      return;
    }
  }
  throw new Error(`no Tab leads to the ${role} ${String(name)}`);
}

async function type(page: Page, name: string | RegExp, text: string) {
  await tabTo(page, 'textbox', name);
  await page.keyboard.type(text);
}

test('without a mouse: signed in, a job created, its log read, and the job deleted', async ({ page }) => {
  gone('by-keys');
  await visit(page, '/projects/team-a/jobs');
  const secret = page.getByLabel('Token');
  await expect(secret).toBeVisible();
  for (let left = 10; left > 0 && !(await secret.evaluate((e) => e === document.activeElement)); left--) await page.keyboard.press('Tab');
  await page.keyboard.insertText(token('scientist'));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Training jobs' })).toBeVisible();

  await tabTo(page, 'link', 'Create job');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Create job' })).toBeVisible();
  await type(page, /^Name/, 'by-keys');
  await type(page, /^Image/, image);
  await type(page, /^Command/, 'mpi-fault --sleep 5');
  await expect(page.getByRole('heading', { level: 3, name: /stands in the way/ })).toBeVisible();
  await tabTo(page, 'button', 'Create job');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'by-keys' })).toBeVisible();
  await expect(page.getByText('Succeeded').first()).toBeVisible({ timeout: 90_000 });

  await tabTo(page, 'tab', 'Logs');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('log')).toContainText('by-keys-worker');

  await page.keyboard.press('Shift+Tab');
  await tabTo(page, 'link', 'Training jobs');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('link', { name: 'by-keys', exact: true })).toBeVisible();
  await tabTo(page, 'button', 'Actions of by-keys');
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Delete' }).waitFor();
  for (let left = 10; left > 0 && !(await page.getByRole('menuitem', { name: 'Delete' }).evaluate((e) => e === document.activeElement)); left--) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeVisible();
  await tabTo(page, 'button', 'Delete');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toHaveCount(0); // what lies under one can't be found either
  await expect(page.getByRole('link', { name: 'by-keys', exact: true })).toHaveCount(0);
});
