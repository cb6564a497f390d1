import { expect, test } from '@playwright/test';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { chromium } from '../../visual/browser';
import { start } from '../serve';

const team = '/projects/team-a';
const pages = [
  { name: 'jobs', at: `${team}/jobs` },
  { name: 'job', at: `${team}/jobs/resnet-50` },
  { name: 'job that failed', at: `${team}/jobs/bert-large` },
  { name: 'create', at: `${team}/create` },
  { name: 'compare', at: `${team}/compare?job=bert-base&job=bert-base-2` },
  { name: 'templates', at: `${team}/templates` },
  { name: 'usage', at: `${team}/usage` },
  { name: 'help', at: '/help' },
];
/** Both sizes and both themes, each page twice: what a theme does to it, it does at every size. */
const looks = [
  { form: 'desktop', theme: 'light' },
  { form: 'mobile', theme: 'dark' },
] as const;

/** What measure.mjs says of a page; times in ms, as Lighthouse throttles them. */
interface Found {
  name: string;
  form: string;
  theme: string;
  scores: Record<'performance' | 'accessibility' | 'best-practices', number>;
  fcp: number;
  lcp: number;
  tbt: number;
  cls: number;
  /** All that a page loads, also what it loads ahead for others. */
  script: { files: number; onTheWire: number; bytes: number };
  /** What it was hindered by. */
  warnings: string[];
  /** What counts against accessibility and best practices. */
  failed: string[];
  lighthouse: string;
}

const results = (name: string) => fileURLToPath(new URL(`../../test-results/${name}`, import.meta.url));

test('Lighthouse', async () => {
  const bench = await start(20);
  const found: Found[] = [];
  const wanted = looks.flatMap((look) => pages.map(({ name, at }) => ({ name, url: bench.address + at, ...look })));
  const measure = spawn(process.execPath, ['measure.mjs', JSON.stringify(wanted)], { cwd: fileURLToPath(new URL('.', import.meta.url)), env: { ...process.env, CHROME_PATH: chromium }, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    for await (const line of createInterface({ input: measure.stdout })) found.push(JSON.parse(line) as Found);
    expect(found).toHaveLength(wanted.length);
  } finally {
    measure.kill('SIGINT'); // it ends its browser then
    await bench.close();
  }
  const load = loadavg()[0] ?? NaN; // the scores of a busy machine say how busy it is
  mkdirSync(dirname(results('bench-lighthouse.json')), { recursive: true });
  writeFileSync(results('bench-lighthouse.json'), `${JSON.stringify({ load, pages: found }, null, 1)}\n`);
  const s = (ms: number) => `${(ms / 1000).toFixed(1)} s`.padStart(7);
  console.log(`load ${load.toFixed(1)}`.padEnd(26) + 'performance  accessibility  best practices      LCP      TBT   script');
  for (const f of found) {
    const scores = `${String(f.scores.performance).padStart(11)}  ${String(f.scores.accessibility).padStart(13)}  ${String(f.scores['best-practices']).padStart(14)}`;
    console.log(`${f.name.padEnd(16)} ${f.form.padEnd(8)} ${scores}  ${s(f.lcp)}  ${`${Math.round(f.tbt)} ms`.padStart(7)}  ${`${Math.round(f.script.onTheWire / 1024)} KiB`.padStart(7)}`);
  }
  console.log(results('bench-lighthouse.json'));
  // Neither is a time: what is found once is found by everybody.
  expect(found.flatMap((f) => f.failed.map((w) => `${f.name}, ${f.form}, ${f.theme}: ${w}`))).toEqual([]);
  expect(found.filter((f) => f.scores.accessibility < 100)).toEqual([]);
});
