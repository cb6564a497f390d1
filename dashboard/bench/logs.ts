import { expect, test, type CDPSession } from '@playwright/test';

import { keep, table } from './figures';
import { event, start } from './serve';

/** How long a log is followed, and how many lines it has by then, if the page takes them in as fast. */
const minutes = Number(process.env.MINUTES ?? 1);
const lines = 1_000_000;
/** How often memory is looked at, and how often lines are written. */
const samples = 30;
const every = 50;
/** How many lines go by between two places that the stream could be resumed at. */
const places = 1_000;

const mib = 1 << 20;

interface Sample {
  seconds: number;
  lines: number;
  heap: number;
  nodes: number;
  listeners: number;
}

/** look is what the page holds after its garbage is gone. */
async function look(devtools: CDPSession): Promise<Pick<Sample, 'heap' | 'nodes' | 'listeners'>> {
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  const { nodes, jsEventListeners } = await devtools.send('Memory.getDOMCounters');
  return { heap: usedSize, nodes, listeners: jsEventListeners };
}

/** slope is by how much y grows with x: of the line that is nearest to all points. */
function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (i: 0 | 1) => points.reduce((sum, p) => sum + p[i], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  return points.reduce((sum, p) => sum + (p[0] - x) * (p[1] - y), 0) / points.reduce((sum, p) => sum + (p[0] - x) ** 2, 0);
}

/** line is the nth of a log that looks like a training's. */
function line(n: number): string {
  const index = (n % 5) - 1;
  return event('line', {
    at: new Date().toISOString(),
    index,
    where: index < 0 ? 'Launcher' : `Worker ${index}`,
    text: `step ${n} loss ${(2 + Math.sin(n)).toFixed(4)} lr 0.00030 grad_norm ${(1 + Math.cos(n)).toFixed(3)} tokens/s ${20_000 + (n % 997)}`,
  });
}

test('a log that is followed', async ({ browser }) => {
  test.setTimeout(minutes * 60_000 * 2 + 120_000);
  const bench = await start();
  const page = await browser.newPage({ viewport: { width: 1180, height: 740 } });
  await page.goto(`${bench.address}/projects/team-a/jobs/resnet-50?tab=logs`);
  await expect.poll(() => bench.logs.size).toBe(1);
  const [stream] = bench.logs;
  if (!stream) throw new Error('nobody follows the log');
  const devtools = await page.context().newCDPSession(page);

  const began = Date.now();
  const until = began + minutes * 60_000;
  let told = 0;
  const took: Sample[] = [];
  const sample = async () => {
    const held = await look(devtools);
    took.push({ seconds: (Date.now() - began) / 1000, lines: told, ...held });
  };
  const due = () => Math.min(lines, Math.round((lines * (Date.now() - began)) / (minutes * 60_000)));
  for (let next = began; Date.now() < until && told < lines; ) {
    let batch = '';
    for (const upTo = due(); told < upTo; told++) batch += line(told) + (told % places === 0 ? event('place', {}, `place-${told}`) : '');
    // A page that doesn't keep up gets its lines later: the service waits for it as well.
    if (batch !== '' && !stream.write(batch)) await new Promise((done) => stream.once('drain', done));
    if (Date.now() >= next) {
      await sample();
      next += (minutes * 60_000) / samples;
    }
    await new Promise((done) => setTimeout(done, every));
  }
  // The last line is on the screen.
  await expect(page.locator('.log-line').last()).toContainText(`step ${told - 1} `, { timeout: 120_000 });
  await sample();

  // The first is still without code and rows that everything needs.
  const counted = took.slice(1);
  const [first, last] = [counted[0], counted.at(-1)];
  if (!first || !last) throw new Error('the log was followed too shortly');
  const perLine = slope(counted.map((s) => [s.lines, s.heap]));
  keep('logs', { minutes, lines: told, bytesPerLine: perLine, nodesPerLine: slope(counted.map((s) => [s.lines, s.nodes])), samples: took });
  const show = (when: string, s: Sample) => `${when.padEnd(8)} ${String(s.lines).padStart(9)} ${`${Math.round(s.heap / mib)} MiB`.padStart(9)} ${String(s.nodes).padStart(9)} ${String(s.listeners).padStart(9)}`;
  table('log         lines      heap     nodes listeners', [
    show('start', first),
    show('end', last),
    `each line ${Math.round(perLine)} bytes of heap, ${slope(counted.map((s) => [s.lines, s.nodes])).toFixed(4)} nodes; ${Math.round(told / last.seconds)} lines a second`,
  ]);
  expect(bench.wrong).toEqual([]);
  await page.close();
  await bench.close();
});
