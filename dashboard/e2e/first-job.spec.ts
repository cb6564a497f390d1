import { accessible, enough, expect, image, odh, picture, quota, rowOf, signIn, test, untilEnough } from './sandbox';

// A quota is of team-b, where no other test has jobs that it could hold up.
const who = 'other-scientist';
const clear = async () => {
  odh(who, ['delete', 'first-distributed', 'holds-four', '--yes', '--wait'], true);
  await quota('team-b', 'story-1');
};
test.beforeAll(clear);
test.afterAll(clear);

// Each rank says which it is; the first tells how far it is, and ends when enough was seen of it.
const program = `sh -c 'echo "rank $OMPI_COMM_WORLD_RANK of $OMPI_COMM_WORLD_SIZE trains"; [ $OMPI_COMM_WORLD_RANK = 0 ] || exit 0; for p in 25 50 75; do mpi-agent progress --percent $p loss=0.$p; sleep 6; done; ${untilEnough}'`;

test('STORY-1: the guide says MPI fits, 4 Workers of 2 GPUs find room for 2 only, which is a click away; the job is seen to progress and to succeed', async ({ page }) => {
  await quota('team-b', 'story-1', { 'requests.nvidia.com/gpu': '8' });
  odh(who, ['create', 'holds-four', '--image', image, '--workers', '2', '--gpus-per-worker', '2', '--time-limit', '1h', '--', 'sleep', '3600']);
  await signIn(page, who, '/projects/team-b/jobs');
  await expect(rowOf(page, 'holds-four')).toContainText('Running');
  await page.getByRole('main').getByRole('link', { name: 'Create job' }).click();

  await page.getByRole('radio', { name: /^mpirun/ }).press('Space');
  await expect(page.getByText('It is an MPIJob, which this page creates.')).toBeVisible();
  await page.getByRole('link', { name: 'Begin with the template mpi' }).click();
  await expect(page.getByText('From the template mpi.')).toBeVisible();
  await page.getByLabel(/^Name/).fill('first-distributed');
  await page.getByLabel('Image').fill(image);
  await page.getByLabel('Command').fill(program);
  await page.getByLabel(/^Workers/).fill('4');
  await page.getByLabel('GPUs per Worker').fill('2');
  await page.getByLabel('CPU per Worker').fill('100m');
  await page.getByLabel('Memory per Worker').fill('128Mi');

  // He may see the team's quota and no nodes: it is told in the quota's numbers.
  const verdict = page.getByRole('heading', { level: 3, name: /8 .*nvidia\.com\/gpu.*quota "story-1"|quota "story-1".*nvidia\.com\/gpu/ });
  await expect(verdict).toBeVisible();
  await expect(verdict).toContainText(/\b4\b/); // in use
  await expect(page.getByText('2 Workers fit now.')).toBeVisible();
  await expect(page.getByText(/^About .*:/)).toBeVisible(); // how long, and why that is believed
  await accessible(page);
  await picture(page, 'create-what-fits');
  await page.getByRole('button', { name: 'Change to 2 Workers' }).click();
  await expect(page.getByLabel(/^Workers/)).toHaveValue('2');
  await expect(page.getByRole('heading', { level: 3, name: /whether the cluster's nodes have room isn't shown to you/ })).toBeVisible();
  await expect(page.getByRole('button', { name: /^Change to/ })).toHaveCount(0);

  await page.getByRole('button', { name: 'Create job' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'first-distributed' })).toBeVisible();
  await expect(page.getByText('Running: 3')).toBeVisible(); // the Launcher and both Workers
  const progress = page.getByRole('progressbar', { name: 'Progress' });
  await expect(progress).toHaveAttribute('aria-valuenow', /^(25|50|75)$/);
  const first = (await progress.getAttribute('aria-valuenow')) ?? '';
  if (first !== '75') await expect(progress).not.toHaveAttribute('aria-valuenow', first); // it goes on, and nobody asked for it

  await page.getByRole('button', { name: /Worker 1/ }).click();
  await page.getByRole('button', { name: 'Log of Worker 1' }).click();
  await expect(page.getByRole('log')).toContainText('Worker 1 of job team-b/first-distributed serves');
  await expect(page.getByRole('log')).not.toContainText('Worker 0');
  await page.getByLabel('Log of').selectOption({ label: 'Launcher' });
  await expect(page.getByRole('log')).toContainText('rank 3 of 4 trains');
  enough(who, 'first-distributed');
  await expect(page.getByText('Succeeded').first()).toBeVisible();
});
