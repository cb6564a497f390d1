import { accessible, expect, gone, image, odh, picture, signIn, test } from './sandbox';

test('a failed job leads to what the help says of its reason', async ({ page }) => {
  gone('lost');
  odh('scientist', ['run', 'lost', '--image', image, '--workers', '2', '--', 'mpi-fault', '--exit-rank', '1', '--exit-code', '3'], true);
  await signIn(page, 'scientist', '/projects/team-a/jobs/lost');
  await page.getByRole('link', { name: 'More about it' }).click();
  await expect(page).toHaveURL(/\/help#RankExited$/);
  const entry = page.getByRole('region', { name: 'A rank ended with an error' });
  await expect(entry).toBeFocused();
  await expect(entry).toBeInViewport();
  await expect(page.getByRole('button', { name: 'Project: team-a' })).toBeVisible(); // the way back
  await accessible(page);
  await picture(page, 'help');
  await page.getByRole('textbox', { name: 'Find a reason' }).fill('pull secret');
  await expect(page.getByRole('region', { name: 'The image can’t be pulled' }).or(page.getByRole('region', { name: "The image can't be pulled" }))).toBeVisible();
  gone('lost');
});

test('a job that is not there has a page with a heading', async ({ page }) => {
  await signIn(page, 'scientist');
  await page.goto('/projects/team-a/jobs/never-was');
  await expect(page.getByRole('heading', { level: 1, name: 'never-was' })).toBeVisible();
  await accessible(page);
});
