import { accessible, enough, expect, gone, image, odh, picture, rowOf, signIn, test, untilEnough } from './sandbox';

test('who has no token is asked for one, and a wrong one is refused with words', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Sign in' }).first()).toBeVisible();
  await accessible(page);
  await picture(page, 'sign-in');
  await page.getByLabel('Token').fill('not-a-token');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { level: 2, name: /This token isn't accepted/ })).toBeVisible();
  await expect(page.getByText(/may have expired/)).toBeVisible();
});

test('a job of the terminal is there at once, with its Workers, its log and its end', async ({ page }) => {
  gone('seen');
  await signIn(page, 'scientist');
  odh('scientist', ['create', 'seen', '--image', image, '--workers', '2', '--slots-per-worker', '2', '--', 'sh', '-c', `mpi-fault; [ $OMPI_COMM_WORLD_RANK = 0 ] || exit 0; ${untilEnough}`]);
  const row = rowOf(page, 'seen');
  await expect(row).toContainText('Running');
  await expect(row.getByLabel('2 of 2 Workers ready')).toBeVisible();
  await accessible(page);
  await picture(page, 'jobs');
  await row.getByRole('link', { name: 'seen', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'seen' })).toBeVisible();
  await expect(page.getByRole('button', { name: /Worker 1/ })).toContainText('Ranks 2-3');
  await accessible(page);
  await picture(page, 'job-running');
  await page.getByRole('tab', { name: 'Logs' }).click();
  await expect(page.getByRole('log')).toContainText('seen-worker-1');
  await accessible(page);
  await picture(page, 'job-logs');
  enough('scientist', 'seen');
  await expect(page.getByText('Succeeded').first()).toBeVisible();
  await page.getByRole('tab', { name: 'YAML' }).click();
  await expect(page.getByText('kind: MPIJob')).toBeVisible();
  await accessible(page);
  await page.getByRole('tab', { name: 'Events' }).click();
  await expect(page.getByRole('grid', { name: 'Events' })).toContainText('MPIJobSucceeded');
  await accessible(page);
});

test('STORY-4: a job that ran out of memory says so first, and its copy with the fix succeeds', async ({ page }) => {
  gone('hungry', 'hungry-2');
  await signIn(page, 'scientist');
  odh('scientist', ['run', 'hungry', '--image', image, '--workers', '2', '--memory-per-worker', '160Mi', '--', 'mpi-fault', '--alloc-rank', '1', '--alloc-mb', '220'], true);
  await page.goto('/projects/team-a/jobs/hungry');
  const card = page.getByRole('heading', { level: 2, name: /killed for lack of memory/ });
  await expect(card).toBeVisible();
  await expect(page.getByText('What to do:')).toBeVisible();
  await accessible(page);
  await picture(page, 'job-failed');
  await page.getByRole('button', { name: 'Clone with the fix' }).click();
  await expect(page.getByText('was 160Mi')).toBeVisible();
  await accessible(page);
  await picture(page, 'clone');
  await page.getByRole('button', { name: 'Create the copy' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'hungry-2' })).toBeVisible();
  await expect(page.getByText('Succeeded').first()).toBeVisible();
  await expect(page.getByRole('grid', { name: 'Copies and retries' })).toContainText('hungry');
});

test('AS-7: who may not see a project is told so, and learns nothing of it', async ({ page }) => {
  await signIn(page, 'other-scientist', '/projects/team-b/jobs');
  await page.goto('/projects/team-a/jobs');
  await expect(page.getByRole('heading', { name: /You may not see this/ })).toBeVisible();
  await expect(page.getByRole('grid')).toHaveCount(0);
  await accessible(page);
  await page.goto('/projects/team-a/jobs/seen');
  await expect(page.getByRole('heading', { name: /You may not see this/ })).toBeVisible();
});

test('two browsers see one another’s changes, in light and in dark', async ({ another }) => {
  gone('shared');
  const one = await another();
  const two = await another({ colorScheme: 'dark' });
  await signIn(one, 'scientist');
  await signIn(two, 'team-admin');
  odh('scientist', ['create', 'shared', '--image', image, '--workers', '2', '--', 'sleep', '600']);
  await expect(rowOf(two, 'shared')).toContainText('Running');
  await accessible(two);
  await picture(two, 'jobs-dark');
  await rowOf(one, 'shared').getByRole('button', { name: 'Actions of shared' }).click();
  await one.getByRole('menuitem', { name: 'Suspend' }).click();
  await expect(one.getByRole('dialog')).toContainText('Suspend this job?');
  await one.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click();
  await expect(rowOf(two, 'shared')).toContainText('Suspended');
  await rowOf(two, 'shared').getByRole('button', { name: 'Actions of shared' }).click();
  await two.getByRole('menuitem', { name: 'Delete' }).click();
  await two.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(rowOf(one, 'shared')).toHaveCount(0);
  gone('shared'); // its pods too
});
