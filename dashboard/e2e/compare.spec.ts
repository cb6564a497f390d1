import { accessible, expect, gone, image, odh, picture, signIn, test } from './sandbox';

test('two runs are chosen in the list and put side by side', async ({ page }) => {
  gone('good-run', 'bad-run');
  odh('scientist', ['run', 'good-run', '--image', image, '--workers', '2', '--', 'mpi-fault', '--sleep', '1']);
  odh('scientist', ['clone', 'good-run', 'bad-run', '--wait', '--', 'mpi-fault', '--exit-rank', '1', '--exit-code', '3'], true);
  await signIn(page, 'scientist');
  await page.getByRole('checkbox', { name: 'Select good-run' }).check();
  await page.getByRole('checkbox', { name: 'Select bad-run' }).check();
  await page.getByRole('button', { name: '2 jobs selected' }).click();
  await page.getByRole('menuitem', { name: 'Compare' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Compare' })).toBeVisible();
  const table = page.getByRole('grid', { name: 'Jobs side by side' });
  await expect(table.getByRole('row', { name: /^Phase/ })).toContainText('Failed');
  await expect(table.getByRole('row', { name: /^Image/ })).toHaveCount(0);
  await accessible(page);
  await picture(page, 'compare');
  await page.getByRole('switch', { name: 'Show what is the same too' }).press('Space');
  await expect(table.getByRole('row', { name: /^Image/ })).toContainText(image);
  await accessible(page);
  await page.goto(page.url());
  await expect(table.getByRole('row', { name: /^Image/ })).toContainText(image); // the address keeps the choice
});

test('a failed copy is compared with the last good run', async ({ page }) => {
  await signIn(page, 'scientist', '/projects/team-a/jobs/bad-run');
  await page.getByRole('link', { name: 'Compare with good-run, the last good run' }).click();
  await expect(page.getByRole('grid', { name: 'Jobs side by side' }).getByRole('row', { name: /^Command/ })).toContainText('--exit-rank 1');
  gone('good-run', 'bad-run');
});

test('a copy runs another command, and is compared from the list of copies', async ({ page }) => {
  gone('one-way', 'one-way-2');
  odh('scientist', ['run', 'one-way', '--image', image, '--workers', '2', '--', 'mpi-fault', '--sleep', '1']);
  await signIn(page, 'scientist', '/projects/team-a/jobs/one-way');
  const ask = async () => {
    await page.getByRole('button', { name: 'Actions', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Clone and modify' }).click();
  };
  const dialog = page.getByRole('dialog');
  await ask();
  await dialog.getByRole('link', { name: 'Change more' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Create job' })).toBeVisible();
  await expect(page.getByLabel('Command')).toHaveValue('mpi-fault --sleep 1');
  await page.goBack();
  await ask();
  const command = dialog.getByLabel('Command');
  await expect(command).toHaveValue('mpi-fault --sleep 1');
  await command.fill('mpi-fault --sleep 2');
  await expect(dialog.getByText('was mpi-fault --sleep 1')).toBeVisible();
  await accessible(page);
  await dialog.getByRole('button', { name: 'Create the copy' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'one-way-2' })).toBeVisible();
  await expect(page.getByText(/^Took /)).toBeVisible();
  await accessible(page);
  await page.getByRole('link', { name: 'Compare with one-way' }).click();
  await expect(page.getByRole('grid', { name: 'Jobs side by side' }).getByRole('row', { name: /^Command/ })).toContainText('--sleep 2');
  gone('one-way', 'one-way-2');
});
