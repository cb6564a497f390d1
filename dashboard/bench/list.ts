import { expect, test, type Browser, type CDPSession, type Page } from '@playwright/test';

import { keep, ms, quantile, table } from './figures';
import { listAt, perPage, start, total, type Bench } from './serve';
import { wheel, type Scrolled } from './wheel';

const throttles = [1, 4];
/** How often each is measured; the first, in which the answering side warms up, doesn't count. */
const times = Number(process.env.TIMES ?? 5) + 1;
/** How far a frame scrolls, in pixels, and how many frames are measured. */
const [step, frames] = [40, 120];

interface Load {
  /** From the address, with nothing cached, in ms: to a list that fills the screen, and to the last of its rows. */
  screen: number;
  list: number;
  /** What of the page's scripts has come over the network by then, in bytes. */
  scripts: number;
}

/** What the page's main thread itself has worked, in ms: a machine that does other things too doesn't make it more. */
interface Worked {
  /** For a load, and for a frame of scrolling. */
  load: number;
  frame: number;
}

interface Measured {
  throttle: number;
  loads: Load[];
  /** Between two frames in which a script scrolls the list, in ms. */
  frames: number[];
  worked: Worked[];
  /** What a person sees who scrolls with a wheel. */
  wheel: Scrolled;
}

/** worked is what the page's main thread has worked until now, in ms. */
async function worked(devtools: CDPSession): Promise<number> {
  const { metrics } = await devtools.send('Performance.getMetrics');
  return (metrics.find((m) => m.name === 'TaskDuration')?.value ?? NaN) * 1000;
}

/** load opens the list in a browser that has never seen it. */
async function load(page: Page, at: string): Promise<Load> {
  await page.goto(at, { waitUntil: 'commit' });
  return page.evaluate(
    (rows) =>
      new Promise<Load>((done) => {
        let screen: number | undefined;
        const scripts = () => performance.getEntriesByType('resource').reduce((sum, e) => sum + (e.name.endsWith('.js') ? (e as PerformanceResourceTiming).encodedBodySize : 0), 0);
        // What a frame finds is on the screen when the next one begins.
        const look = () => {
          const there = document.querySelectorAll('.jobs-table tbody a');
          const last = there.item(there.length - 1) as Element | null;
          const full = last !== null && last.getBoundingClientRect().bottom > innerHeight;
          requestAnimationFrame(() => {
            if (full) screen ??= performance.now();
            if (there.length >= rows) done({ screen: screen ?? performance.now(), list: performance.now(), scripts: scripts() });
            else look();
          });
        };
        requestAnimationFrame(look);
      }),
    perPage,
  );
}

/** scroll goes down the list and up again; the time between two frames is returned. */
async function scroll(page: Page): Promise<number[]> {
  return page.evaluate(
    async ([by, n]) => {
      let box: Element | null = document.querySelector('.jobs-table');
      while (box && !(box.scrollHeight > box.clientHeight && /auto|scroll/.test(getComputedStyle(box).overflowY))) box = box.parentElement;
      if (!box) throw new Error('nothing around the list scrolls');
      const frame = () => new Promise<number>((done) => requestAnimationFrame(done));
      const took: number[] = [];
      let way = by;
      for (let last = await frame(); took.length < n; ) {
        const was = box.scrollTop;
        box.scrollTop += way;
        if (box.scrollTop === was) way = -way;
        const now = await frame();
        took.push(now - last);
        last = now;
      }
      return took;
    },
    [step, frames] as const,
  );
}

async function measure(browser: Browser, bench: Bench, throttle: number): Promise<Measured> {
  const measured: Measured = { throttle, loads: [], frames: [], worked: [], wheel: { frames: 0, late: 0, blank: 0 } };
  for (let i = 0; i < times; i++) {
    const context = await browser.newContext({ viewport: { width: 1180, height: 740 } });
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: throttle });
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
    const loaded = await load(page, bench.address + listAt);
    const until = await worked(devtools);
    await page.waitForTimeout(1_500); // what comes after the list
    const before = await worked(devtools);
    const took = await scroll(page);
    if (i > 0) {
      measured.loads.push(loaded);
      measured.frames.push(...took);
      measured.worked.push({ load: until, frame: ((await worked(devtools)) - before) / took.length });
      const seen = await wheel(browser, page, devtools);
      for (const what of ['frames', 'late', 'blank'] as const) measured.wheel[what] += seen[what];
    }
    await context.close();
  }
  return measured;
}

test('the list of 1,000 jobs', async ({ browser }) => {
  const bench = await start();
  const results: (Measured & { p50: Record<string, number>; p95: Record<string, number> })[] = [];
  for (const throttle of throttles) {
    const m = await measure(browser, bench, throttle);
    const of = (q: number) => ({ screen: quantile(m.loads.map((l) => l.screen), q), list: quantile(m.loads.map((l) => l.list), q), frame: quantile(m.frames, q), loadWork: quantile(m.worked.map((w) => w.load), q), frameWork: quantile(m.worked.map((w) => w.frame), q) });
    results.push({ ...m, p50: of(0.5), p95: of(0.95) });
  }
  await bench.close();
  expect(bench.wrong).toEqual([]);
  keep('list', { browser: browser.version(), total, perPage, results });
  const of = (r: (typeof results)[number], what: string) => `${ms(r.p50[what] ?? NaN)} ${ms(r.p95[what] ?? NaN)}`;
  table(
    'throttle       screen p50, p95       list p50, p95      frame p50, p95      work for the list, a frame   scripts   wheel: frames, late, blank',
    results.map((r) => `${r.throttle}×        ${of(r, 'screen')} ${of(r, 'list')} ${of(r, 'frame')}        ${ms(r.p50.loadWork ?? NaN)} ${ms(r.p50.frameWork ?? NaN)}        ${Math.round((r.loads[0]?.scripts ?? NaN) / 1000)} kB       ${r.wheel.frames}, ${r.wheel.late}, ${r.wheel.blank}`),
  );
});
