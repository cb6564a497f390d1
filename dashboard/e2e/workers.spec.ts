import { accessible, expect, gone, image, odh, picture, rowOf, signIn, test } from './sandbox';

// GPUs that are held would be missing elsewhere.
test.afterEach(() => gone('eight', 'holds-one'));

test('AS-5, EDGE-2: of 8 Workers 7 run and one waits; each can be looked into, and the rest come when there is room', async ({ page }) => {
  gone('eight', 'holds-one');
  // The node has 8 GPUs, and this job holds one of them.
  odh('scientist', ['create', 'holds-one', '--image', image, '--workers', '1', '--gpu-per-worker', '1', '--', 'sleep', '600']);
  await signIn(page, 'scientist');
  await expect(rowOf(page, 'holds-one')).toContainText('Running');
  odh('scientist', ['create', 'eight', '--image', image, '--workers', '8', '--gpu-per-worker', '1', '--', 'mpi-fault', '--sleep', '5']);
  await expect(rowOf(page, 'eight').getByLabel('7 of 8 Workers ready')).toBeVisible();
  await page.getByRole('link', { name: 'eight', exact: true }).click();
  await expect(page.getByText('Running: 8')).toBeVisible(); // the Launcher, which waits, and 7 Workers
  await expect(page.getByText('Pending: 1')).toBeVisible();
  await expect(page.getByText(/Waiting for 1 of 8 nvidia\.com\/gpu/).first()).toBeVisible();
  const waits = page.getByRole('button', { name: /Worker \d.*Pending/ });
  await expect(waits).toHaveCount(1);
  const other = (await waits.textContent())?.includes('Worker 3') ? 4 : 3;
  await waits.click();
  await expect(page.getByText(/nvidia\.com\/gpu/).first()).toBeVisible(); // what it waits for
  await accessible(page);
  await picture(page, 'job-waiting');
  gone('holds-one');
  await expect(page.getByText('Succeeded').first()).toBeVisible();
  await page.getByRole('button', { name: new RegExp(`^Worker ${other}\\b`) }).click();
  await page.getByRole('button', { name: new RegExp(`Log of (Worker ${other}|Launcher)`) }).click(); // the Worker's goes with its pod
  await expect(page.getByRole('log')).toBeVisible();
});
