import { expect, ready, test } from './show';
import { sizes } from './states/state';

test('help stays at the entry that the address names when fonts come late', async ({ page, serve }) => {
  const [width, height] = sizes.light;
  await page.setViewportSize({ width, height });
  let come = (): void => undefined;
  const late = new Promise<void>((done) => (come = done));
  await page.route(/\.woff2$/, async (route) => {
    await late;
    await route.continue();
  });
  const served = await serve();
  // "load" waits for fonts.
  await page.goto('/help#RankOOMKilled', { waitUntil: 'commit' });
  const entry = page.locator('#RankOOMKilled');
  const below = () => entry.evaluate((e) => Math.round(e.getBoundingClientRect().top - (e.closest('main')?.getBoundingClientRect().top ?? 0)));
  await expect.poll(below).toBeLessThan(20);
  const before = await below();
  expect(before).toBeGreaterThan(0);
  expect(await page.evaluate(() => document.fonts.status)).toBe('loading');
  come();
  await ready(page, served);
  expect(await below()).toBe(before);
});
