import { choose, tabTo, type } from './keys';
import { expect, gone, image, odh, signIn, test, token } from './sandbox';

test('without a mouse: signed in, a job created, its log read, and the job deleted', async ({ page }) => {
  gone('by-keys');
  await page.goto('/projects/team-a/jobs');
  const secret = page.getByLabel('Token');
  await expect(secret).toBeVisible();
  for (let left = 10; left > 0 && !(await secret.evaluate((e) => e === document.activeElement)); left--) await page.keyboard.press('Tab');
  await page.keyboard.insertText(token('scientist'));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Training jobs' })).toBeVisible();

  await tabTo(page, 'link', 'Create job');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Create job' })).toBeVisible();
  await type(page, /^Name/, 'by-keys');
  await type(page, /^Image/, image, 'combobox');
  await type(page, /^Command/, 'mpi-fault --sleep 5');
  await expect(page.getByRole('heading', { level: 3, name: /whether the cluster's nodes have room isn't shown to you/ })).toBeVisible();
  await tabTo(page, 'button', 'Create job');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'by-keys' })).toBeVisible();
  await expect(page.getByText('Succeeded').first()).toBeVisible();

  await tabTo(page, 'tab', 'Logs');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('log')).toContainText('by-keys-worker');

  await page.keyboard.press('Shift+Tab');
  await tabTo(page, 'link', 'Training jobs');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('link', { name: 'by-keys', exact: true })).toBeVisible();
  await tabTo(page, 'button', 'Actions of by-keys');
  await page.keyboard.press('Enter');
  await choose(page, 'Delete');
  await expect(page.getByRole('dialog')).toBeVisible();
  await tabTo(page, 'button', 'Delete');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toHaveCount(0); // what lies under one can't be found either
  await expect(page.getByRole('link', { name: 'by-keys', exact: true })).toHaveCount(0);
});

test('without a mouse: what a project takes, and the help', async ({ page }) => {
  await signIn(page, 'scientist');
  await tabTo(page, 'link', 'Usage and quota');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Usage and quota' })).toBeVisible();
  const asOf = page.locator('time').first();
  const first = (await asOf.getAttribute('datetime')) ?? '';
  await tabTo(page, 'button', 'Read it again');
  await page.keyboard.press('Enter');
  await expect(asOf).not.toHaveAttribute('datetime', first);

  await tabTo(page, 'link', 'Help');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Help' })).toBeVisible();
  await type(page, 'Find a reason', 'memory');
  await tabTo(page, 'link', 'RankOOMKilled');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#RankOOMKilled$/);
  await expect(page.locator('[id="RankOOMKilled"]')).toBeFocused();
});

test('without a mouse: a log searched, a shell used and left', async ({ page }) => {
  gone('keys-shell');
  odh('scientist', ['create', 'keys-shell', '--image', image, '--workers', '1', '--', 'sh', '-c', 'echo begun; sleep 600']);
  await signIn(page, 'scientist', '/projects/team-a/jobs/keys-shell');
  await expect(page.getByText('Running', { exact: true }).first()).toBeVisible();

  await tabTo(page, 'tab', 'Logs');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('log')).toContainText('begun');
  await type(page, 'Search the log', 'begun');
  await expect(page.getByText(/^1 of /)).toBeVisible();
  await tabTo(page, 'switch', 'Wrap lines');
  await page.keyboard.press('Space');
  await expect(page.getByRole('switch', { name: 'Wrap lines' })).toBeChecked();
  await tabTo(page, 'link', 'Download');

  await tabTo(page, 'tab', 'Shell');
  await page.keyboard.press('Enter');
  await tabTo(page, 'button', 'Open a shell');
  await page.keyboard.press('Enter');
  const input = page.getByRole('group', { name: 'Terminal' }).getByRole('textbox', { name: /^Terminal/ });
  await expect(input).toBeFocused();
  await page.keyboard.type('hostname\n');
  await expect(page.locator('.xterm-rows')).toContainText(/keys-shell-/);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Shift+Tab');
  await expect(input).not.toBeFocused();
  gone('keys-shell');
});

test('without a mouse: several jobs compared, and deleted at once', async ({ page }) => {
  const names = ['keys-one', 'keys-two'];
  gone(...names);
  for (const name of names) odh('scientist', ['create', name, '--image', image, '--workers', '1', '--', 'sleep', '600']);
  await signIn(page, 'scientist', '/projects/team-a/jobs?search=keys-');
  const select = async () => {
    for (const name of ['keys-two', 'keys-one']) {
      await tabTo(page, 'checkbox', `Select ${name}`);
      await page.keyboard.press('Space');
      await expect(page.getByRole('checkbox', { name: `Select ${name}` })).toBeChecked();
    }
    await tabTo(page, 'button', '2 jobs selected');
    await page.keyboard.press('Enter');
  };
  await select();
  await choose(page, 'Compare');
  await expect(page.getByRole('heading', { level: 1, name: 'Compare' })).toBeVisible();
  await page.goBack();
  await select();
  await choose(page, 'Delete');
  await expect(page.getByRole('dialog')).toBeVisible();
  await tabTo(page, 'button', 'Delete');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  for (const name of names) await expect(page.getByRole('link', { name, exact: true })).toHaveCount(0);
});
