import { expect, test, type Browser, type Page } from '@playwright/test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Job, JobList } from '../src/api/types';
import { recorded } from '../visual/answers';
import { json, serve, type Others } from '../visual/show';

/** How many jobs the service has, and how many a page shows: as many as it can. */
const total = 1_000;
const perPage = 100;
const throttles = [1, 4];
/** How often each is measured; the first, in which the answering side warms up, doesn't count. */
const times = Number(process.env.TIMES ?? 5) + 1;
/** How far a frame scrolls, in pixels, and how many frames are measured. */
const [step, frames] = [40, 120];

const key = 'GET /api/v1/namespaces/team-a/trainingjobs';
const file = fileURLToPath(new URL('../test-results/bench-ui.json', import.meta.url));

declare global {
  interface Window {
    /** The browser's own; a page's clock stands still. */
    bench: { now: () => number; frame: typeof requestAnimationFrame };
  }
}

interface Measured {
  throttle: number;
  /** From the address to the last row of the first page, with nothing cached, in ms. */
  list: number[];
  /** Between two frames while the list scrolls, in ms. */
  frames: number[];
}

/** jobs are the recorded ones again and again, each by a name of its own. */
function jobs(): Others {
  const list = JSON.parse(recorded().answers[`${key}?limit=20&sortBy=created`]?.body ?? '') as JobList;
  const items = Array.from({ length: perPage }, (_, i): Job => {
    const job = list.items[i % list.items.length];
    if (!job) throw new Error('visual/answers.json has no jobs: record it with RECORD=1 hack/dashboard.sh visual');
    return { ...job, name: `${job.name}-${i}`, uid: `${job.uid}-${i}` };
  });
  return { [`${key}?limit=${perPage}&sortBy=created`]: json({ ...list, items, total }) };
}

/** load opens the list in a browser that has never seen it; how long that took is returned. */
async function load(page: Page, throttle: number): Promise<number> {
  await page.setViewportSize({ width: 1180, height: 740 });
  await page.addInitScript(() => {
    window.bench = { now: performance.now.bind(performance), frame: requestAnimationFrame.bind(window) };
  });
  const served = await serve(page, jobs());
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: throttle });
  await page.goto(`/projects/team-a/jobs?perPage=${perPage}`, { waitUntil: 'commit' });
  const took = await page.evaluate(
    (rows) =>
      new Promise<number>((done) => {
        const look = () => {
          if (document.querySelectorAll('.jobs-table tbody a').length < rows) window.bench.frame(look);
          else window.bench.frame(() => done(window.bench.now())); // it is on the screen when the next one begins
        };
        look();
      }),
    perPage,
  );
  expect(served.wrong).toEqual([]);
  return took;
}

/** scroll goes down the list and up again; the time between two frames is returned. */
async function scroll(page: Page): Promise<number[]> {
  return page.evaluate(
    async ([by, n]) => {
      let box: Element | null = document.querySelector('.jobs-table');
      while (box && !(box.scrollHeight > box.clientHeight && /auto|scroll/.test(getComputedStyle(box).overflowY))) box = box.parentElement;
      if (!box) throw new Error('nothing around the list scrolls');
      const frame = () => new Promise<void>((done) => window.bench.frame(() => done()));
      const took: number[] = [];
      let way = by;
      await frame();
      for (let last = window.bench.now(); took.length < n; ) {
        const was = box.scrollTop;
        box.scrollTop += way;
        if (box.scrollTop === was) way = -way;
        await frame();
        const now = window.bench.now();
        took.push(now - last);
        last = now;
      }
      return took;
    },
    [step, frames] as const,
  );
}

async function measure(browser: Browser, throttle: number): Promise<Measured> {
  const measured: Measured = { throttle, list: [], frames: [] };
  for (let i = 0; i < times; i++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    const list = await load(page, throttle);
    await page.waitForTimeout(1_500); // what comes after the list
    const took = await scroll(page);
    if (i > 0) {
      measured.list.push(list);
      measured.frames.push(...took);
    }
    await context.close();
  }
  return measured;
}

/** quantile is the value that q of them don't exceed. */
function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? NaN;
}

test('the list of 1,000 jobs', async ({ browser }) => {
  const results: (Measured & { p50: Record<string, number>; p95: Record<string, number> })[] = [];
  for (const throttle of throttles) {
    const m = await measure(browser, throttle);
    const of = (q: number) => ({ list: quantile(m.list, q), frame: quantile(m.frames, q) });
    results.push({ ...m, p50: of(0.5), p95: of(0.95) });
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ browser: browser.version(), total, perPage, results }, null, 1)}\n`);
  const ms = (n: number | undefined) => `${Math.round(n ?? NaN)} ms`.padStart(9);
  console.log(`throttle  list p50  list p95  frame p50  frame p95`);
  for (const r of results) console.log(`${r.throttle}×       ${ms(r.p50.list)} ${ms(r.p95.list)}  ${ms(r.p50.frame)}  ${ms(r.p95.frame)}`);
  console.log(file);
});
