import { expect, test } from '@playwright/test';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import type { Job, JobList } from '../../src/api/types';
import { recorded } from '../../visual/answers';
import { chromium } from '../../visual/browser';
import { json } from '../../visual/show';

/** How many jobs the service has, and what the list's page, of 20 of them, is asked for with. */
const total = 1_000;
const list = 'GET /api/v1/namespaces/team-a/trainingjobs?limit=20&sortBy=created';

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

/** start runs a program of this folder; what it says of errors is shown. */
function start(program: string, args: string[], environment: NodeJS.ProcessEnv = {}) {
  return spawn(program, args, { cwd: fileURLToPath(new URL('.', import.meta.url)), env: { ...process.env, ...environment }, stdio: ['pipe', 'pipe', 'inherit'] });
}
const lines = (p: { stdout: Readable }) => createInterface({ input: p.stdout });

/** jobs are the recorded ones again and again, each by a name of its own. */
function jobs(): JobList {
  const { items, ...rest } = JSON.parse(recorded().answers[list]?.body ?? '') as JobList;
  const again = Array.from({ length: 20 }, (_, i) => items.map((j): Job => ({ ...j, name: `${j.name}-${i}`, uid: `${j.uid}-${i}` })));
  return { ...rest, items: again.flat().slice(0, 20), total };
}

/** served is the dashboard as the service sends it, until end is called. */
async function served(): Promise<{ address: string; end: () => void }> {
  const answers = results('bench-answers.json');
  mkdirSync(dirname(answers), { recursive: true });
  writeFileSync(answers, JSON.stringify({ ...recorded().answers, [list]: json(jobs()) }));
  const service = start('go', ['run', './served', answers]);
  for await (const address of lines(service)) return { address, end: () => service.stdin.end() };
  throw new Error('the dashboard is not served: the reason is above');
}

test('Lighthouse', async () => {
  const { address, end } = await served();
  const found: Found[] = [];
  const wanted = looks.flatMap((look) => pages.map(({ name, at }) => ({ name, url: address + at, ...look })));
  const measure = start(process.execPath, ['measure.mjs', JSON.stringify(wanted)], { CHROME_PATH: chromium });
  try {
    for await (const line of lines(measure)) found.push(JSON.parse(line) as Found);
    expect(found).toHaveLength(wanted.length);
  } finally {
    measure.kill('SIGINT'); // it ends its browser then
    end();
  }
  const load = loadavg()[0] ?? NaN; // the scores of a busy machine say how busy it is
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
