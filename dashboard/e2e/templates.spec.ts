import { accessible, expect, gone, image, odh, picture, rowOf, signIn, test } from './sandbox';

test("a job is saved as a template, read and used, with the keyboard alone; who may not delete it isn't offered to", async ({ page }) => {
  gone('to-save');
  odh('team-admin', ['template', 'delete', 'saved-here'], true);
  odh('scientist', ['create', 'to-save', '--image', image, '--workers', '2', '--memory-per-worker', '128Mi', '--', 'sleep', '600']);
  await signIn(page, 'scientist');
  await expect(rowOf(page, 'to-save')).toContainText('Running');
  await page.getByRole('button', { name: 'Actions of to-save' }).press('Enter');
  await page.getByRole('menuitem', { name: 'Save as template' }).press('Enter');
  const save = page.getByRole('dialog');
  await expect(save.getByLabel('Job', { exact: true })).toHaveValue('to-save');
  await accessible(page);
  await picture(page, 'template-save');
  await save.getByLabel('Name of the template').fill('saved-here');
  await save.getByLabel('Name of the template').press('Enter');
  await expect(page.getByText('The template saved-here is saved.')).toBeVisible();
  const row = page.getByRole('row').filter({ has: page.getByText('saved-here', { exact: true }) });
  await expect(row).toContainText('2 Workers, each 128 MiB');
  await expect(page.getByRole('row').filter({ has: page.getByText('horovod', { exact: true }) })).toContainText('Built in');
  await accessible(page);
  await picture(page, 'templates');

  await row.getByRole('button', { name: 'YAML of saved-here' }).press('Enter');
  await expect(page.getByRole('dialog')).toContainText('memoryPerWorker: 128Mi');
  await accessible(page);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  expect(odh('scientist', ['template', 'show', 'saved-here'])).toContain('memoryPerWorker: 128Mi');

  await row.getByRole('link', { name: 'Create a job from saved-here' }).press('Enter');
  await expect(page).toHaveURL(/\/create\?template=saved-here$/);
  await page.goBack();

  // In the sandbox a scientist may save templates for all, and an administrator of the team delete them.
  await expect(row.getByRole('link', { name: 'Create a job from saved-here' })).toBeVisible();
  await expect(row.getByRole('button', { name: 'Delete saved-here' })).toHaveCount(0);
  await page.context().clearCookies();
  await signIn(page, 'team-admin', '/projects/team-a/templates');
  await row.getByRole('button', { name: 'Delete saved-here' }).press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).press('Enter');
  await expect(page.getByRole('dialog')).toHaveCount(0); // what lies under one can't be found either
  await expect(row).toHaveCount(0);
  gone('to-save');
});
