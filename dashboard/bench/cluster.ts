import { expect, test } from '@playwright/test';

import { asAdmin, image, odh, signIn, watched } from '../e2e/sandbox';
import { keep, ms, quantile, table } from './figures';

const changes = 30;
const label = 'dashboard-bench';
const jobs = '/apis/kubeflow.org/v2beta1/namespaces/team-a/mpijobs';
const nameOf = (n: number) => `on-screen-${String(n).padStart(2, '0')}`;

/** A suspended job has no pods: what is measured is how a change gets here, and not how the machine starts them. */
function manifest(name: string): object {
  const template = (args: object) => ({ spec: { containers: [{ name: 'c', image, ...args }] } });
  return {
    apiVersion: 'kubeflow.org/v2beta1',
    kind: 'MPIJob',
    metadata: { name, labels: { [label]: 'cluster' } },
    spec: { runPolicy: { suspend: true }, mpiReplicaSpecs: { Launcher: { replicas: 1, template: template({ command: ['mpirun', 'pi'] }) }, Worker: { replicas: 2, template: template({}) } } },
  };
}

interface Condition {
  type: string;
  status: string;
}
interface Event {
  object: { metadata: { name: string }; status?: { conditions?: Condition[] } };
}

const clear = () => odh('scientist', ['delete', '-l', `${label}=cluster`, '--yes', '--wait'], true);
/** now is the time in ms with its fractions, as a page has it. */
const now = () => performance.timeOrigin + performance.now();

test.beforeAll(clear);
test.afterAll(clear);

test('a change on the cluster until it is on the screen', async ({ page }) => {
  await signIn(page, 'scientist', '/projects/team-a/jobs?search=on-screen');
  await expect(page.getByText('No job matches')).toBeVisible();
  await page.evaluate(() => {
    window.seen = new Map();
    const look = () => {
      // Drawn in the frame that begins now, it is there when the next one begins.
      const rows = [...document.querySelectorAll('.jobs-table tbody tr')].map((tr) => [tr.querySelector('a')?.textContent ?? '', tr.textContent.includes('Suspended')] as const);
      requestAnimationFrame(() => requestAnimationFrame(() => {
        const at = performance.timeOrigin + performance.now();
        for (const [name, suspended] of rows) for (const what of suspended ? [name, `${name} suspended`] : [name]) if (!window.seen.has(what)) window.seen.set(what, at);
      }));
    };
    new MutationObserver(look).observe(document.body, { subtree: true, characterData: true, childList: true });
  });

  // When the API server told of each job, and of its phase: who watches it knows no sooner.
  const told = new Map<string, number>();
  const stop = await watched(`${jobs}?watch=true&labelSelector=${label}%3Dcluster`, (line) => {
    const { object } = JSON.parse(line) as Event;
    const { name } = object.metadata;
    const suspended = object.status?.conditions?.some((c) => c.type === 'Suspended' && c.status === 'True') === true;
    for (const what of suspended ? [name, `${name} suspended`] : [name]) if (!told.has(what)) told.set(what, now());
  });
  const written: number[] = [];
  for (let n = 0; n < changes; n++) {
    await asAdmin('POST', jobs, manifest(nameOf(n)));
    written.push(now());
    await expect.poll(() => page.evaluate((what) => window.seen.has(what), `${nameOf(n)} suspended`), { timeout: 60_000 }).toBe(true);
  }
  stop();
  const seen = new Map(await page.evaluate(() => [...window.seen]));
  const took = (from: (n: number) => number | undefined, what: (n: number) => string) => Array.from({ length: changes }, (_, n) => (seen.get(what(n)) ?? NaN) - (from(n) ?? NaN));
  const phase = (n: number) => `${nameOf(n)} suspended`;
  const results = {
    'job created, from its write': took((n) => written[n], nameOf),
    'job created, from the watch': took((n) => told.get(nameOf(n)), nameOf),
    'phase changed, from the watch': took((n) => told.get(phase(n)), phase),
  };
  for (const all of Object.values(results)) expect(all.every(Number.isFinite)).toBe(true);
  keep('cluster', { changes, results: Object.entries(results).map(([what, all]) => ({ what, p50: quantile(all, 0.5), p95: quantile(all, 0.95), took: all })) });
  table('                                    p50        p95', Object.entries(results).map(([what, all]) => `${what.padEnd(30)} ${ms(quantile(all, 0.5))}  ${ms(quantile(all, 0.95))}`));
});
