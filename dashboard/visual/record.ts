import { writeFileSync } from 'node:fs';

import type { JobList } from '../src/api/types';
import { gone, image, odh, quota, signIn, test } from '../e2e/sandbox';
import { file, keyOf, type Answer, type Recorded } from './answers';

/** Which jobs are shown; others that are in the sandbox are left out. */
const jobs = ['bert-base', 'eval-nightly', 'bert-large', 'bert-base-2', 'vision-sweep', 'llama-tune', 'resnet-50'];

test('what a real service answers', async ({ page }) => {
  test.setTimeout(600_000);
  gone(...jobs);
  odh('scientist', ['create', 'bert-base', '--image', image, '--workers', '4', '--slots-per-worker', '2', '--memory-per-worker', '64Mi', '--', 'mpi-fault', '--sleep', '3']);
  odh('scientist', ['create', 'eval-nightly', '--image', image, '--workers', '1', '--', 'pi']);
  odh('scientist', ['run', 'bert-large', '--image', image, '--workers', '2', '--memory-per-worker', '160Mi', '--', 'mpi-fault', '--alloc-rank', '1', '--alloc-mb', '220'], true);
  odh('scientist', ['clone', 'bert-base', 'bert-base-2', '--wait', '--', 'mpi-fault', '--exit-rank', '1', '--exit-code', '3'], true);
  odh('scientist', ['create', 'vision-sweep', '--image', image, '--workers', '2', '--', 'sleep', '600']);
  odh('scientist', ['suspend', 'vision-sweep']);
  odh('scientist', ['create', 'resnet-50', '--image', image, '--workers', '4', '--slots-per-worker', '2', '--memory-per-worker', '64Mi', '--', 'mpi-fault', '--sleep', '600']);
  odh('scientist', ['wait', 'resnet-50', '--for', 'running'], true);
  odh('scientist', ['create', 'llama-tune', '--image', image, '--workers', '8', '--gpus-per-worker', '2', '--', 'mpi-fault', '--sleep', '600']);
  await quota('team-a', 'visual', { 'requests.nvidia.com/gpu': '16', 'count/mpijobs.kubeflow.org': '100', pods: '200' });
  await page.waitForTimeout(8_000);

  const answers: Record<string, Answer> = {};
  const taken: Promise<void>[] = [];
  page.on('response', (r) => {
    const { pathname, search } = new URL(r.url());
    if (!/^\/(api|session)/.test(pathname) || pathname.includes('/streams/')) return;
    const method = r.request().method();
    taken.push(
      r.text().then((body) => {
        const { 'content-type': type = '', position } = r.headers();
        answers[keyOf(method, pathname + search)] = { status: r.status(), type: type.split(';')[0] ?? '', body, ...(position && { position }) };
      }, () => undefined),
    );
  });
  await page.addInitScript(() => Reflect.deleteProperty(window, 'SharedWorker'));
  await signIn(page, 'scientist');
  const see = async (path: string, ready: string) => {
    await page.goto(path);
    await page.getByText(ready).first().waitFor();
    await page.waitForTimeout(1_500);
  };
  const team = '/projects/team-a';
  await see(`${team}/jobs`, 'resnet-50');
  for (const name of jobs) {
    await see(`${team}/jobs/${name}`, 'Timeline');
    await see(`${team}/jobs/${name}?tab=yaml`, 'kind: MPIJob');
    await see(`${team}/jobs/${name}?tab=metrics`, name);
    await see(`${team}/jobs/${name}?tab=outputs`, name);
    const url = `/api/v1/streams/namespaces/team-a/trainingjobs/${name}/logs?launcher=true&allWorkers=true`;
    const body = await page.evaluate(async (u) => {
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 3_000);
      const response = await fetch(u, { signal: stop.signal });
      if (!response.ok || !response.body) return '';
      let text = '';
      const decoder = new TextDecoder();
      const reader = response.body.getReader();
      try {
        for (;;) {
          const part = await reader.read();
          if (part.done) break;
          text += decoder.decode(part.value, { stream: true });
        }
      } catch {
        // it is followed for a while only
      }
      return text;
    }, url);
    // How soon a page comes back is any time up to two seconds: as late as that, for a picture waits until nothing is asked for.
    answers[keyOf('GET', url)] = { status: 200, type: 'text/event-stream', body: body.replace(/^retry: \d+/m, 'retry: 2000') };
  }
  await see(`${team}/compare?job=bert-base&job=bert-base-2`, 'Compare');
  await see(`${team}/templates`, 'horovod');
  await see(`${team}/usage`, 'In use now');
  await see(`${team}/create`, 'Create job');
  await page.getByLabel('Name').fill('bert-base-3');
  await page.getByLabel('Image').fill(image);
  await page.getByLabel('Command').fill('python train.py --epochs 3');
  await page.getByLabel('GPUs per Worker').fill('6');
  await page.getByLabel('Command').focus();
  await page.waitForTimeout(4_000);
  await Promise.all(taken);
  const ours: Record<string, Answer> = {};
  for (const [key, a] of Object.entries(answers).sort(([x], [y]) => (x < y ? -1 : 1))) {
    ours[key] = /trainingjobs(\?|$)/.test(key) && key.startsWith('GET') && a.status === 200 ? { ...a, body: onlyOurs(a.body) } : key.endsWith('/images') ? { ...a, body: JSON.stringify([image]) } : a;
  }
  writeFileSync(file, `${JSON.stringify({ at: new Date().toISOString(), answers: ours } satisfies Recorded, null, 1)}\n`);
  await quota('team-a', 'visual');
  gone(...jobs);
});

function onlyOurs(text: string): string {
  const list = JSON.parse(text) as JobList;
  const items = list.items.filter((j) => jobs.includes(j.name));
  return JSON.stringify({ ...list, items, total: items.length });
}
