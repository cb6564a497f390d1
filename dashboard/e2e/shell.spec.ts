import { accessible, expect, gone, image, odh, picture, signIn, test } from './sandbox';

test.afterAll(() => gone('with-shell'));

test('a shell in a Worker: what one types runs there, the keyboard leads in and out, and its end is told', async ({ page }) => {
  const refused: string[] = [];
  page.on('console', (m) => {
    if (/Content Security Policy|Content-Security-Policy/.test(m.text())) refused.push(m.text());
  });
  gone('with-shell');
  odh('scientist', ['create', 'with-shell', '--image', image, '--workers', '2', '--', 'sleep', '600']);
  await signIn(page, 'scientist', '/projects/team-a/jobs/with-shell');
  await expect(page.getByText('Running', { exact: true }).first()).toBeVisible();
  await page.getByRole('tab', { name: 'Shell' }).click();
  await page.getByLabel('Where the shell runs').selectOption({ label: 'Worker 1' });
  await accessible(page);
  await page.getByRole('button', { name: 'Open a shell' }).press('Enter');
  await expect(page.getByText('A shell in Worker 1.')).toBeVisible();
  const terminal = page.getByRole('group', { name: 'Terminal' });
  const input = terminal.getByRole('textbox', { name: /^Terminal/ });
  await expect(input).toBeFocused();
  await page.keyboard.type('hostname\n');
  const screen = terminal.locator('.xterm-rows');
  await expect(screen).toContainText(/with-shell-\S*worker\S*-1/);
  await accessible(page);
  await picture(page, 'job-shell');

  // The terminal is as wide as its place, and says so to the shell.
  const columns = async (mark: string) => {
    await page.keyboard.type(`echo ${mark}=$(stty size | cut -d' ' -f2)\n`);
    const found = new RegExp(`${mark}=(\\d+)`);
    await expect(screen).toContainText(found);
    return Number(found.exec((await screen.textContent()) ?? '')?.[1]);
  };
  const wide = await columns('wide');
  await page.setViewportSize({ width: 800, height: 860 });
  let look = 0; // what was told before stays on the screen
  await expect(async () => expect(await columns(`narrow${++look}`)).toBeLessThan(wide)).toPass();

  await page.keyboard.press('Tab'); // the shell's own, to complete words
  await expect(input).toBeFocused();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Shift+Tab');
  await expect(input).not.toBeFocused();
  await input.focus();
  await page.getByRole('switch', { name: 'Screen reader' }).press('Space');
  await input.focus();
  await page.keyboard.type('\nexit 3\n');
  await expect(page.getByText('The shell in Worker 1 ended with code 3')).toBeVisible();
  await accessible(page);
  await page.getByRole('button', { name: 'Open it again' }).press('Enter');
  await expect(input).toBeFocused();
  await page.keyboard.type('echo again\n');
  await expect(screen).toContainText('again');
  expect(refused).toEqual([]);
});

test('where nothing runs any more there is no shell, and that is said', async ({ page }) => {
  gone('no-shell');
  odh('scientist', ['run', 'no-shell', '--image', image, '--workers', '1', '--', 'pi']);
  await signIn(page, 'scientist', '/projects/team-a/jobs/no-shell');
  const tab = page.getByRole('tab', { name: 'Shell' });
  await expect(tab).toHaveAttribute('aria-disabled', 'true');
  await tab.focus();
  await expect(page.getByText('Neither the Launcher nor a Worker is running.')).toBeVisible();
  gone('no-shell');
});
