import { expect, test, type Browser } from '@playwright/test';

import { keep, ms, quantile, table } from './figures';
import { listAt, perPage, start } from './serve';

const throttles = [1, 4];
const changes = 100;
/** Which rows change in turn: those in sight. */
const rows = 5;
/** How far apart changes are, in ms. */
const apart = 150;

declare global {
  interface Window {
    /** When each text was on the screen, by the clock that the bench has too. */
    seen: Map<string, number>;
  }
}

/** now is the time in ms with its fractions, as a page has it. */
const now = () => performance.timeOrigin + performance.now();

/** measure is how long it took from each change being told to its being on the screen. */
async function measure(browser: Browser, throttle: number): Promise<number[]> {
  const bench = await start();
  const page = await browser.newPage({ viewport: { width: 1180, height: 740 } });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: throttle });
  await page.goto(bench.address + listAt);
  await expect(page.locator('.jobs-table tbody a')).toHaveCount(perPage);
  await expect.poll(() => bench.streams.size).toBe(1);
  await page.waitForTimeout(2_000); // what comes after the list
  await page.evaluate(() => {
    window.seen = new Map();
    const body = document.querySelector('.jobs-table tbody');
    if (!body) throw new Error('there is no list');
    new MutationObserver((all) => {
      const texts = all.map((m) => m.target.textContent ?? '');
      // Drawn in the frame that begins now, it is there when the next one begins.
      requestAnimationFrame(() => requestAnimationFrame(() => {
        const at = performance.timeOrigin + performance.now();
        for (const t of texts) if (!window.seen.has(t)) window.seen.set(t, at);
      }));
    }).observe(body, { subtree: true, characterData: true, childList: true });
  });
  const told: number[] = [];
  for (let n = 0; n < changes; n++) {
    const at = n % rows;
    told.push(now());
    // A change of phase has the list read again.
    bench.change(at, { message: `change ${n}.`, phase: n % 4 === 0 ? 'Initializing' : 'Pending', reason: 'Waiting', workers: { ready: n, total: 1_000 + n } });
    await page.waitForTimeout(apart);
  }
  await page.waitForTimeout(2_000);
  const seen = await page.evaluate(() => [...window.seen]);
  const shown = seen.map(([text, at]) => [Number(/change (\d+)\./.exec(text)?.[1]), at] as const);
  const took = told.flatMap((from, n) => {
    // One that the next change of that row overtook is there with it.
    const at = Math.min(...shown.filter(([m]) => m >= n && m % rows === n % rows).map(([, when]) => when));
    return Number.isFinite(at) ? [at - from] : [];
  });
  expect(took).toHaveLength(changes);
  expect(bench.wrong).toEqual([]);
  await page.close();
  await bench.close();
  return took;
}

test('a change until it is on the screen', async ({ browser }) => {
  const results = [];
  for (const throttle of throttles) {
    const took = await measure(browser, throttle);
    results.push({ throttle, p50: quantile(took, 0.5), p95: quantile(took, 0.95), took });
  }
  keep('change', { changes, results });
  table('throttle  change p50  change p95', results.map((r) => `${r.throttle}×       ${ms(r.p50)}   ${ms(r.p95)}`));
});
