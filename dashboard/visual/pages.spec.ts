import { accessible } from '../e2e/accessible';
import { moving } from './moving';
import { expect, ready, test } from './show';
import { states } from './states';
import { sizes } from './states/state';

for (const s of states) {
  const looks = s.looks ?? ['light'];
  for (const look of looks) {
    const name = look === 'light' ? s.name : `${s.name}-${look}`;
    test(name, async ({ page, serve }) => {
      const [width, height] = sizes[look];
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme: look === 'dark' ? 'dark' : 'light', contrast: look === 'contrast' ? 'more' : 'no-preference', forcedColors: look === 'forced' ? 'active' : 'none', reducedMotion: 'reduce' });
      const served = await serve(s.others);
      await s.before?.(page);
      await page.goto(s.at);
      await ready(page, served, s.waits);
      await s.act?.(page, served);
      if (s.act) await ready(page, served, s.waits);
      await page.mouse.move(0, 0);
      await expect(page).toHaveScreenshot(`${name}.png`);
      await expect.poll(() => moving(page)).toEqual([]);
      await accessible(page);
      // Each state is looked at in the dark once, whether or not it has a picture there.
      if (look !== looks[0] || looks.includes('dark')) return;
      await page.emulateMedia({ colorScheme: 'dark' });
      await expect(page.locator('html')).toHaveClass(/theme-dark/);
      await expect.poll(() => moving(page)).toEqual([]);
      await accessible(page);
    });
  }
}
