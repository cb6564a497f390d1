import { expect, test, type Browser } from '@playwright/test';

import { keep, ms, quantile, table } from './figures';
import { start } from './serve';

/** How many lines the manifest has, and how many letters are typed into it. */
const lines = 10_000;
const letters = 20;
/** How far apart they are, in ms: of one who types, and of one who thinks between two of them. */
const paces = { typing: 150, thinking: 1_500 };

declare global {
  interface Window {
    /** From each keystroke to the frame that shows what it wrote, in ms. */
    took: number[];
  }
}

const manifest = `name: bert\nimage: train:1\ncommand: [x]\nworkers: 2\nenv:\n${Array.from({ length: lines / 2 }, (_, i) => `  - name: V${i}\n    value: "${i}"\n`).join('')}`;

async function measure(browser: Browser, apart: number): Promise<number[]> {
  const bench = await start();
  const page = await browser.newPage({ viewport: { width: 1180, height: 740 } });
  await page.goto(`${bench.address}/projects/team-a/create`);
  await page.getByRole('button', { name: 'YAML' }).click();
  const text = page.getByLabel('The job as YAML');
  // As a file's text comes in; what a browser itself takes to paste that much is another matter.
  await text.evaluate((area: HTMLTextAreaElement, all) => {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value')?.set?.call(area, all);
    area.dispatchEvent(new InputEvent('input', { bubbles: true }));
  }, manifest);
  await page.waitForTimeout(5_000); // until all of it has been looked at
  await text.evaluate((area: HTMLTextAreaElement) => {
    window.took = [];
    area.focus();
    area.setSelectionRange(6, 6);
    // What a frame draws is on the screen when the next one begins.
    area.addEventListener('keydown', (e) => requestAnimationFrame(() => requestAnimationFrame((at) => window.took.push(at - e.timeStamp))));
  });
  for (let n = 0; n < letters; n++) {
    await Promise.all([page.keyboard.type('a'), page.waitForTimeout(apart)]);
  }
  await page.waitForTimeout(3_000);
  const took = await page.evaluate(() => window.took);
  expect(took).toHaveLength(letters);
  expect((await text.inputValue()).startsWith(`name: ${'a'.repeat(letters)}bert\n`)).toBe(true);
  expect(bench.wrong).toEqual([]);
  await page.close();
  await bench.close();
  return took;
}

test('typing in a manifest of 10,000 lines', async ({ browser }) => {
  const results = [];
  for (const [pace, apart] of Object.entries(paces)) {
    const took = await measure(browser, apart);
    results.push({ pace, p50: quantile(took, 0.5), p95: quantile(took, 0.95), most: Math.max(...took), took });
  }
  keep('typing', { lines, letters, paces, results });
  table('pace      letter p50        p95       most', results.map((r) => `${r.pace.padEnd(9)} ${ms(r.p50)}  ${ms(r.p95)}  ${ms(r.most)}`));
});
