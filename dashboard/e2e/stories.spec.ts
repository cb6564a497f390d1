import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parse, stringify } from 'yaml';

import { accessible, expect, gone, image, odh, rowOf, signIn, test } from './sandbox';

const elsewhere = () => odh('other-scientist', ['delete', 'nightly', '--yes', '--wait'], true);

test.afterAll(() => {
  gone('crosses', 'crosses-over', 'nightly');
  elsewhere();
});

test('STORY-5: a job of the browser is watched in the terminal, exported, changed and created there, and the next one is seen at once in the browser', async ({ page }) => {
  gone('crosses', 'crosses-over');
  await signIn(page, 'scientist', '/projects/team-a/create');
  await page.getByLabel(/^Name/).fill('crosses');
  await page.getByLabel('Image').fill(image);
  await page.getByLabel('Command').fill('mpi-fault --sleep 20');
  await page.getByLabel(/^Workers/).fill('1');
  await page.getByRole('button', { name: 'Create job' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'crosses' })).toBeVisible();

  expect(odh('scientist', ['list'])).toMatch(/crosses\s+(Pending|Initializing|Running)/);
  // To its end; a Worker's goes with its pod, soon after that.
  expect(odh('scientist', ['logs', 'crosses', '--worker', '0', '--follow'])).toContain('Worker 0 of job team-a/crosses serves');
  expect(odh('scientist', ['logs', 'crosses', '--follow'])).toContain('crosses-worker-0');
  await expect(page.getByText('Succeeded').first()).toBeVisible();

  await page.getByRole('tab', { name: 'YAML' }).click();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()]);
  const text = readFileSync(await file.path(), 'utf8');
  expect(text).toBe(odh('scientist', ['export', 'crosses']));
  const manifest = parse(text) as { metadata: { name: string }; spec: { mpiReplicaSpecs: { Worker: { replicas: number } } } };
  expect(manifest.spec.mpiReplicaSpecs.Worker.replicas).toBe(1);
  manifest.metadata.name = 'crosses-over';
  manifest.spec.mpiReplicaSpecs.Worker.replicas = 2;
  const changed = join(tmpdir(), `crosses-over-${process.pid}.yaml`);
  writeFileSync(changed, stringify(manifest));

  // The list is open, and nobody loads it again.
  await page.getByRole('main').getByRole('link', { name: 'Training jobs' }).click();
  await expect(rowOf(page, 'crosses')).toContainText('Succeeded');
  await expect(rowOf(page, 'crosses-over')).toHaveCount(0);
  odh('scientist', ['create', '-f', changed]);
  rmSync(changed);
  await expect(rowOf(page, 'crosses-over')).toBeVisible();
  await expect(rowOf(page, 'crosses-over')).toContainText('Succeeded');
  await expect(rowOf(page, 'crosses-over').locator('[data-label="Workers"]')).toHaveText('2');
});

test("STORY-2: a pipeline's job is its service account's in the list, says why it failed where the alert leads, and another team sees nothing of it", async ({ another }) => {
  gone('nightly');
  elsewhere();
  const [ours, theirs] = [await another(), await another()];
  await signIn(ours, 'scientist');
  await signIn(theirs, 'other-scientist', '/projects/team-b/jobs');
  // Both teams have one of that name at once.
  odh('other-scientist', ['create', 'nightly', '--image', image, '--workers', '2', '--', 'sleep', '600']);
  odh('engineer', ['run', 'nightly', '--image', image, '--workers', '4', '--memory-per-worker', '160Mi', '--', 'mpi-fault', '--alloc-rank', '3', '--alloc-mb', '220'], true);

  await expect(rowOf(ours, 'nightly')).toHaveCount(1);
  await expect(rowOf(ours, 'nightly')).toContainText('team-a/engineer');
  await expect(rowOf(ours, 'nightly')).toContainText('Failed');
  await expect(rowOf(theirs, 'nightly')).toContainText('other-scientist');
  await expect(rowOf(theirs, 'nightly')).toContainText('Running');
  await expect(theirs.getByText('engineer')).toHaveCount(0);

  await ours.goto('/projects/team-a/jobs/nightly'); // as a link would
  await expect(ours.getByRole('heading', { level: 2, name: /Worker 3.*killed for lack of memory/ })).toBeVisible();
  await expect(ours.getByText('What to do:')).toBeVisible();
  await accessible(ours);
  await theirs.goto('/projects/team-a/jobs/nightly');
  await expect(theirs.getByRole('heading', { name: /You may not see this/ })).toBeVisible();
  await expect(theirs.getByText(/Worker 3|memory/)).toHaveCount(0);
});
