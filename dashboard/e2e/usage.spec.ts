import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { accessible, expect, image, odh, picture, quota, signIn, test } from './sandbox';

// A quota is of team-b, where no other test has jobs that it could hold up.
const gone = () => odh('other-scientist', ['delete', 'takes', 'waits', '--yes', '--wait'], true);

/** A job that no node will have, its Launcher neither. */
function nowhere(name: string): string {
  const securityContext = { runAsNonRoot: true, runAsUser: 1000, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, seccompProfile: { type: 'RuntimeDefault' } };
  const template = (args: object) => ({ spec: { nodeSelector: { nowhere: 'true' }, containers: [{ name: 'c', image, securityContext, ...args }] } });
  const limits = { resources: { limits: { 'nvidia.com/gpu': '1' } } };
  const specs = { Launcher: { replicas: 1, template: template({ command: ['mpirun', 'pi'] }) }, Worker: { replicas: 2, template: template(limits) } };
  return JSON.stringify({ apiVersion: 'kubeflow.org/v2beta1', kind: 'MPIJob', metadata: { name }, spec: { mpiReplicaSpecs: specs } });
}

test.beforeAll(async () => {
  gone();
  await quota('team-b', 'gpus', { 'requests.nvidia.com/gpu': '5', 'count/mpijobs.kubeflow.org': '100' });
  odh('other-scientist', ['create', 'takes', '--image', image, '--workers', '2', '--gpus-per-worker', '1', '--', 'sleep', '600']);
  const folder = mkdtempSync(join(tmpdir(), 'usage-'));
  writeFileSync(join(folder, 'job.json'), nowhere('waits'));
  odh('other-scientist', ['create', '-f', join(folder, 'job.json')]);
  rmSync(folder, { recursive: true });
});
test.afterAll(async () => {
  gone();
  await quota('team-b', 'gpus');
});

test('STORY-3: what a project takes of its quotas, who takes it, and what waits and why', async ({ page }) => {
  await signIn(page, 'other-scientist', '/projects/team-b/usage');
  await expect(page.getByRole('heading', { level: 1, name: 'Usage and quota' })).toBeVisible();
  const gpus = page.getByRole('progressbar').first();
  await expect(gpus).toHaveAccessibleName('GPUs (nvidia.com/gpu)');
  await expect(gpus).toHaveAttribute('aria-valuetext', '4 of 5 in use, 80 %'); // pods that wait for a node count
  await expect(page.getByRole('grid', { name: 'Who uses it' }).getByRole('row').nth(1)).toContainText('other-scientist');
  const waiting = page.getByRole('grid', { name: 'What waits, and why' }).getByRole('row').filter({ has: page.getByRole('link', { name: 'waits' }) });
  await expect(waiting).toContainText('Pending');
  await expect(waiting).toContainText(/node/);
  await accessible(page);
  await picture(page, 'usage');
  const asOf = page.locator('time').first();
  const first = (await asOf.getAttribute('datetime')) ?? '';
  await expect(asOf).not.toHaveAttribute('datetime', first); // it is read again by itself
  await waiting.getByRole('link', { name: 'waits' }).press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'waits' })).toBeVisible();
});

test('an administrator sees all projects, a scientist is led to their own', async ({ page }) => {
  await signIn(page, 'admin', '/all/usage');
  const team = page.getByRole('grid', { name: 'Projects' }).getByRole('row').filter({ has: page.getByRole('link', { name: 'team-b' }) });
  await expect(team.getByRole('progressbar', { name: 'GPUs (nvidia.com/gpu)' })).toBeVisible();
  await accessible(page);
  await picture(page, 'usage-all');
  await page.context().clearCookies();
  await signIn(page, 'other-scientist', '/all/usage');
  await expect(page.getByRole('heading', { name: /You may not see this/ })).toBeVisible();
  await accessible(page);
  await page.getByRole('main').getByRole('link', { name: 'team-b' }).press('Enter');
  await expect(page.getByRole('heading', { name: 'In use now' })).toBeVisible();
});

test('STORY-3: an administrator finds the job that runs longest, in whatever project, whose it is, and when it stops', async ({ page }) => {
  odh('scientist', ['delete', 'began-later', '--yes', '--wait'], true);
  odh('scientist', ['create', 'began-later', '--image', image, '--workers', '1', '--', 'sleep', '600']);
  await signIn(page, 'admin', '/all/jobs?phase=Running');
  const table = page.getByRole('grid', { name: 'Training jobs' });
  await expect(table.getByRole('link', { name: 'began-later', exact: true })).toBeVisible();
  await expect(table.getByRole('link', { name: 'waits', exact: true })).toHaveCount(0); // which doesn't run
  await page.getByRole('button', { name: 'Duration' }).click();
  await expect(page).toHaveURL(/sortBy=duration/);
  const names = () => table.getByRole('link').allInnerTexts();
  await expect.poll(async () => (await names()).filter((n) => ['takes', 'began-later'].includes(n))).toEqual(['takes', 'began-later']);
  const longest = table.getByRole('row').filter({ has: page.getByRole('link', { name: 'takes', exact: true }) });
  await expect(longest).toContainText('other-scientist');
  await expect(longest).toContainText('team-b');
  await longest.getByRole('link', { name: 'takes', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'takes' })).toBeVisible();
  await expect(page.getByText(/^Stops in /)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Actions', exact: true })).toBeVisible(); // it is theirs to end
  odh('scientist', ['delete', 'began-later', '--yes', '--wait'], true);
});

test('who may not see a project learns nothing of what it takes', async ({ page }) => {
  await signIn(page, 'scientist');
  await page.goto('/projects/team-b/usage');
  await expect(page.getByRole('heading', { name: /You may not see this/ })).toBeVisible();
  await expect(page.getByRole('progressbar')).toHaveCount(0);
  await accessible(page);
});
