import type { Page } from '@playwright/test';

import { expect, ready, test } from './show';
import { shell, written } from './states/logs';
import { sizes, team } from './states/state';

// What is scrolled to stays in sight when fonts come late.

/** begun is a page that is there while its fonts aren't; they come when that is said. */
async function begun(page: Page, at: string, there: () => Promise<unknown>): Promise<() => void> {
  const [width, height] = sizes.light;
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ reducedMotion: 'reduce' });
  let come = (): void => undefined;
  const late = new Promise<void>((done) => (come = done));
  await page.route(/\.woff2$/, async (route) => {
    await late;
    await route.continue();
  });
  await page.goto(at, { waitUntil: 'commit' }); // "load" waits for fonts
  await there();
  expect(await page.evaluate(() => document.fonts.status)).toBe('loading');
  return come;
}

test('help opens at the entry that the address names', async ({ page, serve }) => {
  const served = await serve();
  const entry = page.locator('#RankOOMKilled');
  const below = () => entry.evaluate((e) => Math.round(e.getBoundingClientRect().top - (e.closest('main')?.getBoundingClientRect().top ?? 0)));
  const come = await begun(page, '/help#RankOOMKilled', () => expect.poll(below).toBeLessThan(20));
  const before = await below();
  expect(before).toBeGreaterThan(0);
  come();
  await ready(page, served);
  await expect.poll(below).toBe(before);
});

for (const wrapped of [false, true]) {
  test(`a log shows its end${wrapped ? ', its lines wrapped' : ''}`, async ({ page, serve }) => {
    const served = await serve();
    const left = () => page.getByRole('log').evaluate((e) => [e.scrollTop > 0, e.scrollHeight - e.clientHeight - e.scrollTop]);
    const come = await begun(page, `${team}/jobs/bert-base-2?tab=logs`, () => page.getByText('The log ends here').waitFor());
    if (wrapped) await page.getByRole('switch', { name: 'Wrap lines' }).setChecked(true, { force: true });
    await expect.poll(left).toEqual([true, 0]);
    come();
    await ready(page, served);
    await expect.poll(left).toEqual([true, 0]);
  });
}

test('a shell has its letters where its own font puts them', async ({ page, serve }) => {
  const served = await serve();
  const line = 'x'.repeat(60);
  await shell(page, (ws) => ws.send(written(line)));
  const come = await begun(page, `${team}/jobs/resnet-50?tab=shell`, async () => {
    // What stands for the font until then differs between machines: here letters of many widths do.
    await page.evaluate(() => document.documentElement.style.setProperty('--pf-t--global--font--family--mono', '"Red Hat Mono", RedHatMono, serif'));
    await page.getByRole('button', { name: 'Open a shell' }).click();
  });
  const there = page.locator('.xterm-rows span').filter({ hasText: line });
  const off = () =>
    there.evaluate((e, text) => {
      const canvas = document.createElement('canvas').getContext('2d');
      if (!canvas) throw new Error('no canvas');
      const { fontSize, fontFamily } = getComputedStyle(e);
      canvas.font = `${fontSize} ${fontFamily}`;
      return Math.abs(e.getBoundingClientRect().width - canvas.measureText(text).width);
    }, line);
  await there.waitFor();
  expect(await off()).toBeGreaterThan(50);
  come();
  await ready(page, served);
  await expect.poll(off).toBeLessThan(1); // of 468 pixels: a cell is rounded
});
