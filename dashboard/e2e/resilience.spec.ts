import { Cut } from './cut';
import { accessible, expect, gone, image, odh, picture, signIn, test, token } from './sandbox';

test('a token that ends takes nothing with it that was typed', async ({ page, context }) => {
  gone('kept');
  await signIn(page, 'scientist');
  await page.goto('/projects/team-a/create');
  await page.getByLabel('Name').fill('kept');
  await page.getByLabel('Image').fill(image);
  await context.clearCookies();
  await page.getByLabel('Command').fill('pi'); // has the service look at the job, as nobody
  await expect(page.getByRole('dialog', { name: 'Sign in again' })).toBeVisible();
  await accessible(page);
  await picture(page, 'sign-in-again');
  await page.getByLabel('Token').fill(token('scientist'));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByLabel('Name')).toHaveValue('kept');
  await page.getByRole('button', { name: 'Create job' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'kept' })).toBeVisible();
  gone('kept');
});

test('a click whose answer is lost says so, and asked for again makes one job', async ({ page }) => {
  gone('asked-twice');
  await signIn(page, 'scientist', '/projects/team-a/create');
  let lost = 0;
  await page.route('**/api/v1/namespaces/team-a/trainingjobs', async (route) => {
    if (route.request().method() !== 'POST' || lost > 0) return route.continue();
    lost++;
    await route.fetch(); // it is done, and nobody hears of it
    return route.abort('connectionreset');
  });
  await page.getByLabel(/^Name/).fill('asked-twice');
  await page.getByLabel('Image').fill(image);
  await page.getByLabel('Command').fill('pi');
  await page.getByRole('button', { name: 'Create job' }).click();
  await expect(page.getByRole('heading', { level: 2, name: 'No answer came: it may be done, or not' })).toBeVisible();
  await accessible(page);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'asked-twice' })).toBeVisible();
  gone('asked-twice');
});

test('a page whose script is lost says so, and is there when it is loaded again', async ({ page }) => {
  await page.route('**/assets/*.js', (r) => r.abort());
  await page.goto('/projects/team-a/jobs');
  await expect(page.getByRole('heading', { level: 1, name: 'This page has not loaded' })).toBeVisible();
  await accessible(page);
  await page.unroute('**/assets/*.js');
  await page.getByRole('link', { name: 'Load it again' }).click();
  await expect(page.getByLabel('Token')).toBeVisible();
  await expect(page.getByText('This page has not loaded')).toHaveCount(0);
});

test('a connection that is lost is said, and what happened meanwhile is there when it is back', async ({ another, baseURL }) => {
  gone('meanwhile');
  const service = new URL(baseURL ?? '');
  const way = new Cut({ host: service.hostname, port: Number(service.port) });
  const page = await another({ baseURL: await way.mend() });
  await signIn(page, 'scientist');
  await expect(page.getByRole('heading', { level: 1, name: 'Training jobs' })).toBeVisible();
  await way.cut();
  await expect(page.getByText(/Connection lost/)).toBeVisible();
  await accessible(page);
  odh('scientist', ['create', 'meanwhile', '--image', image, '--workers', '1', '--', 'pi']);
  await way.mend();
  await expect(page.getByRole('link', { name: 'meanwhile', exact: true })).toBeVisible();
  await expect(page.getByText(/Connection lost/)).toHaveCount(0);
  await way.cut();
  gone('meanwhile');
});
