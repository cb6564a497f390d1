import { accessible, expect, gone, image, leftOf, odh, picture, quota, rowOf, signIn, test } from './sandbox';

const limited = 'other-scientist'; // whose team no other test has jobs in that a quota could hold up
const states = { 'as8-suspended': 'Suspended', 'as8-waits': 'Initializing', 'as8-runs': 'Running', 'as8-succeeded': 'Succeeded', 'as8-failed': 'Failed' };
const attempts = ['fails', 'fails-2', 'fails-3'];

const clear = async () => {
  gone(...Object.keys(states), ...attempts);
  odh(limited, ['delete', 'beyond', 'within', '--yes', '--wait'], true);
  await quota('team-b', 'as-6');
};
test.beforeAll(clear);
test.afterEach(clear);

test('AS-6: beyond a quota one is told of the limit, of what is in use and of what to do, before and after the click; nothing is made', async ({ page }) => {
  await quota('team-b', 'as-6', { 'count/mpijobs.kubeflow.org': '1' });
  odh(limited, ['create', 'within', '--image', image, '--workers', '1', '--', 'sleep', '600']);
  await signIn(page, limited, '/projects/team-b/create');
  await page.getByLabel(/^Name/).fill('beyond');
  await page.getByLabel('Image').fill(image);
  await page.getByLabel('Command').fill('pi');
  const verdict = page.getByRole('heading', { level: 3, name: /quota "as-6"/ });
  await expect(verdict).toContainText('1/1 jobs');
  await expect(page.getByText(/delete a job you no longer need/)).toBeVisible();
  await accessible(page);
  await page.getByRole('button', { name: 'Create job' }).click();
  await expect(page.getByRole('heading', { level: 2, name: /Quota exceeded/ })).toBeVisible();
  await expect(page.getByText(/refused in namespace "team-b": 1\/1 jobs running under quota "as-6"/)).toBeVisible();
  await expect(page.getByText("ask the namespace's administrator for more")).toBeVisible();
  await accessible(page);
  await picture(page, 'create-beyond-quota');
  expect(odh(limited, ['list'])).not.toContain('beyond');
});

test('AS-8: jobs in whatever state are deleted at once, and nothing of them is left', async ({ page }) => {
  const create = (name: string, flags: string[], ...command: string[]) => odh('scientist', ['create', name, '--image', image, '--workers', '1', ...flags, '--', ...command]);
  create('as8-succeeded', [], 'pi');
  create('as8-failed', [], 'mpi-fault', '--exit-rank', '0', '--exit-code', '3');
  create('as8-suspended', [], 'sleep', '600');
  odh('scientist', ['suspend', 'as8-suspended']);
  create('as8-waits', ['--gpus-per-worker', '9'], 'sleep', '600'); // no node has so many
  create('as8-runs', [], 'sleep', '600');
  await signIn(page, 'scientist', '/projects/team-a/jobs?search=as8-');
  for (const [name, phase] of Object.entries(states)) await expect(rowOf(page, name)).toContainText(phase);
  expect(await leftOf('as8-')).not.toEqual([]);
  await page.getByRole('checkbox', { name: 'Select all' }).or(page.getByRole('checkbox', { name: 'Select', exact: true })).first().check();
  await page.getByRole('button', { name: '5 jobs selected' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect(page.getByRole('dialog')).toContainText('Delete 5 jobs?');
  await accessible(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  for (const name of Object.keys(states)) await expect(rowOf(page, name)).toHaveCount(0);
  await expect.poll(() => leftOf('as8-')).toEqual([]);
});

test('AS-11: a job that failed is run again as it was and in another way; all attempts are kept beside each other', async ({ page }) => {
  odh('scientist', ['run', 'fails', '--image', image, '--workers', '2', '--', 'mpi-fault', '--exit-rank', '1', '--exit-code', '3'], true);
  await signIn(page, 'scientist', '/projects/team-a/jobs/fails');
  await page.getByRole('button', { name: 'Retry' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'fails-2' })).toBeVisible();
  await expect(page.getByRole('heading', { level: 2, name: /exited with code 3/ })).toBeVisible(); // as it was, it fails as it did

  await page.getByRole('button', { name: 'Actions', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Clone and modify' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(/^Workers/).fill('1'); // then there is no rank 1
  await expect(dialog.getByText('was 2')).toBeVisible();
  await dialog.getByRole('button', { name: 'Create the copy' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'fails-3' })).toBeVisible();
  await expect(page.getByText('Succeeded').first()).toBeVisible();

  const family = page.getByRole('grid', { name: 'Copies and retries' });
  for (const name of attempts) await expect(family).toContainText(name);
  await accessible(page);
  await family.getByRole('link', { name: 'fails', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'fails', exact: true })).toBeVisible();
  await page.getByRole('tab', { name: 'Logs' }).click();
  await expect(page.getByRole('log')).toContainText('fails-worker-1'); // its log is still there
  await page.goto('/projects/team-a/jobs/fails-2');
  await expect(page.getByRole('heading', { level: 2, name: /exit.*3|3/ }).first()).toBeVisible();
});
