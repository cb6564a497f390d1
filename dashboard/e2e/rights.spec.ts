import { accessible, bind, expect, gone, image, nobody, odh, picture, rowOf, signIn, someone, test, unbind } from './sandbox';

test.beforeAll(() => {
  gone('looked-at', 'not-made');
  odh('scientist', ['create', 'looked-at', '--image', image, '--workers', '1', '--', 'sh', '-c', 'echo begun; sleep 3600']);
});
test.afterAll(async () => {
  gone('looked-at');
  for (const name of ['reader', 'stranger', 'leaving', 'ending']) await nobody(name);
});

test('AS-7: who may only read sees all of it, is offered nothing else, and is refused what they try', async ({ page }) => {
  const reader = await someone('reader');
  await bind('reader', 'training-viewer');
  await signIn(page, reader);
  const row = rowOf(page, 'looked-at');
  await expect(row).toContainText('Running');
  await expect(page.getByText('Only mine')).toBeVisible(); // by then it is known what one may
  await expect(page.getByRole('main').getByRole('link', { name: 'Create job' })).toHaveCount(0);
  await expect(page.getByRole('button', { name: /^Actions of/ })).toHaveCount(0);
  await accessible(page);
  await picture(page, 'jobs-reader');
  await row.getByRole('link', { name: 'looked-at' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'looked-at' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Actions', exact: true })).toHaveCount(0);
  await expect(page.getByRole('tab', { name: 'Shell' })).toHaveAttribute('aria-disabled', 'true');
  await page.getByRole('tab', { name: 'Logs' }).click();
  await expect(page.getByRole('log')).toContainText('begun');
  await page.getByRole('tab', { name: 'Events' }).click();
  await expect(page.getByRole('grid', { name: 'Events' })).toContainText('MPIJobRunning');

  // By its address the form is there; what can't be is said in the service's words, and nothing is made.
  await page.goto('/projects/team-a/create');
  await page.getByLabel(/^Name/).fill('not-made');
  await page.getByLabel('Image').fill(image);
  await page.getByLabel('Command').fill('pi');
  await page.getByRole('button', { name: 'Create job' }).click();
  await expect(page.getByRole('heading', { level: 2, name: /Not allowed/ })).toBeVisible();
  await expect(page.getByText(/create.*mpijobs/).first()).toBeVisible();
  await accessible(page);
  expect(odh('scientist', ['list'])).not.toContain('not-made');
});

test('AS-7: who has no project is told so, and whom to ask', async ({ page }) => {
  await signIn(page, await someone('stranger'), '/');
  await expect(page.getByRole('heading', { level: 1, name: 'No project to show' })).toBeVisible();
  await expect(page.getByText(/ask an administrator/)).toBeVisible();
  await accessible(page);
  await page.goto('/projects/team-a/jobs');
  await expect(page.getByRole('heading', { name: /You may not see this/ })).toBeVisible();
  await expect(page.getByText('looked-at')).toHaveCount(0);
});

test('AS-7: a right that ends while one looks is said to have ended, takes what it showed with it, and brings it back when it is back', async ({ another }) => {
  const leaving = await someone('leaving');
  await bind('leaving', 'training-scientist');
  const list = await another();
  await signIn(list, leaving);
  await expect(list.getByRole('button', { name: 'Actions of looked-at' })).toBeVisible();
  const one = await list.context().newPage(); // of the same browser: the stream is one
  await one.goto('/projects/team-a/jobs/looked-at?tab=logs');
  await expect(one.getByRole('log')).toContainText('begun');
  await expect(one.getByRole('button', { name: 'Actions', exact: true })).toBeVisible();

  await unbind('leaving');
  for (const page of [list, one]) {
    await expect(page.getByRole('heading', { name: /You may no longer see this/ })).toBeVisible();
    await expect(page.getByText(/mpijobs.*team-a/).first()).toBeVisible(); // which right it is
    await expect(page.getByRole('button', { name: /^Actions/ })).toHaveCount(0);
    await expect(page.getByText('Running', { exact: true })).toHaveCount(0);
    await expect(page.getByRole('log')).toHaveCount(0);
    await accessible(page);
  }
  await expect(list.getByRole('link', { name: 'looked-at' })).toHaveCount(0);
  await expect(list.getByRole('main').getByRole('link', { name: 'Create job' })).toHaveCount(0);
  await picture(list, 'right-ended');

  await bind('leaving', 'training-scientist');
  for (const page of [list, one]) {
    await expect(async () => {
      const again = page.getByRole('button', { name: 'Try again' });
      if (await again.isVisible()) await again.click({ timeout: 2_000 }); // the service believes a refusal for some seconds
      await expect(page.getByRole('heading', { name: /You may no longer/ })).toHaveCount(0, { timeout: 2_000 });
    }).toPass();
    await expect(page.getByRole('button', { name: /^Actions/ }).first()).toBeVisible();
    await expect(page.getByText(/Changes are no longer shown/)).toHaveCount(0);
  }
});

test('a token that is taken back asks for another one, and the page stays as it is', async ({ page }) => {
  const ending = await someone('ending');
  await bind('ending', 'training-scientist');
  await signIn(page, ending);
  await page.goto('/projects/team-a/create');
  await page.getByLabel(/^Name/).fill('typed-before');
  await page.getByLabel('Image').fill(image);
  await nobody('ending'); // with whom their tokens end
  const again = page.getByRole('dialog', { name: 'Sign in again' });
  await expect(async () => {
    if (!(await again.isVisible())) await page.getByLabel('Command').fill(`pi ${Date.now()}`); // has the service asked
    await expect(again).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await expect(again).toContainText(ending.name);
  const anew = await someone('ending');
  await bind('ending', 'training-scientist');
  await again.getByLabel('Token').fill(ending.token);
  await again.getByRole('button', { name: 'Sign in' }).click();
  await expect(again.getByRole('heading', { name: /This token isn't accepted/ })).toBeVisible(); // the old one is of no use
  await again.getByLabel('Token').fill(anew.token);
  await again.getByRole('button', { name: 'Sign in' }).click();
  await expect(again).toHaveCount(0);
  await expect(page.getByLabel(/^Name/)).toHaveValue('typed-before');
  await expect(page.getByRole('heading', { level: 3, name: /whether the cluster's nodes have room isn't shown to you/ })).toBeVisible();
});

test('a list that is open when its token is taken back says so without a click', async ({ page }) => {
  const ending = await someone('ending');
  await bind('ending', 'training-viewer');
  await signIn(page, ending);
  await expect(page.getByRole('link', { name: 'looked-at', exact: true })).toBeVisible();
  await nobody('ending');
  await expect(page.getByRole('dialog', { name: 'Sign in again' })).toBeVisible();
});
