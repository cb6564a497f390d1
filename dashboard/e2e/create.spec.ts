import { accessible, expect, gone, image, picture, signIn, test } from './sandbox';

test('AS-1: a job is written in a form, looked at while it is typed, created, and seen to succeed', async ({ page }) => {
  gone('first-job');
  await signIn(page, 'scientist');
  await page.goto('/projects/team-a/create');
  await page.getByRole('button', { name: 'Create job' }).click();
  await expect(page.getByText('A job needs this.')).toHaveCount(3);
  await accessible(page);
  await page.getByLabel('Name').fill('first-job');
  await page.getByLabel('Image').fill(image);
  await page.getByLabel('Command').fill('pi');
  await page.getByLabel('Memory per Worker').fill('lots');
  await expect(page.getByText(/lots/).first()).toBeVisible(); // in the service's words
  await page.getByLabel('Memory per Worker').fill('128Mi');
  await expect(page.getByRole('heading', { level: 3, name: /whether the cluster's nodes have room isn't shown to you/ })).toBeVisible();
  await accessible(page);
  await picture(page, 'create');
  await page.getByRole('button', { name: 'Create job' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'first-job' })).toBeVisible();
  await expect(page.getByText('Succeeded').first()).toBeVisible();
  await page.getByRole('tab', { name: 'Logs' }).click();
  await expect(page.getByRole('log')).toContainText('pi is approximately');
});

test('AS-6: who may see nodes is told in numbers when there is no room, and what would fit', async ({ page }) => {
  await signIn(page, 'admin');
  await page.goto('/projects/team-a/create');
  await page.getByLabel('Name').fill('too-large');
  await page.getByLabel('Image').fill(image);
  await page.getByLabel('Command').fill('pi');
  await page.getByLabel('GPUs per Worker').fill('6');
  await expect(page.getByRole('heading', { level: 3, name: /nvidia\.com\/gpu/ })).toBeVisible();
  // Of 6 GPUs on the one node with 8, unless another's job holds them.
  await expect(page.getByText(/^(1 Worker fits|Not even one Worker fits) now\.$/)).toBeVisible();
  await accessible(page);
  await picture(page, 'create-no-room');
});

test('AS-2, AS-10: form, YAML and the whole MPIJob say the same, and mistakes in any of them are told', async ({ page }) => {
  gone('by-yaml');
  await signIn(page, 'scientist');
  await page.goto('/projects/team-a/create');
  await page.getByLabel('Name').fill('by-yaml');
  await page.getByLabel('Image').fill(image);
  await page.getByLabel('Command').fill('sh -c "echo $GREETING from rank $RANK"');
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('button', { name: 'Add a variable' }).click();
  await page.getByLabel('Environment, row 1: Name').fill('GREETING');
  await page.getByLabel('Environment, row 1: Value').fill('hello');
  await accessible(page);
  await page.getByRole('button', { name: 'YAML' }).click();
  const yaml = page.getByLabel('The job as YAML');
  await expect(yaml).toHaveValue(/^name: by-yaml\n/);
  await accessible(page);
  await picture(page, 'create-yaml');
  await page.getByRole('button', { name: 'Make it a whole MPIJob' }).click();
  await expect(yaml).toHaveValue(/kind: MPIJob/);
  await page.getByRole('button', { name: 'Form' }).click();
  await expect(page.getByLabel('Environment, row 1: Value')).toHaveValue('hello');

  await page.getByRole('button', { name: 'YAML' }).click();
  await yaml.fill('name: by-yaml\nworkers: [');
  await expect(page.getByText(/^Line 2, column/)).toBeVisible();
  await accessible(page);
  await yaml.fill(`name: by-yaml\nimage: ${image}\nworkers: 1\ncommand: [sh, -c, 'echo $GREETING']\nenv: [{name: GREETING, value: hello}]\ncolour: red\n`);
  await expect(page.getByText(/colour/).nth(1)).toBeVisible(); // the service's words, beside the text itself
  await yaml.fill(`name: by-yaml\nimage: ${image}\nworkers: 1\ncommand: [sh, -c, 'echo $GREETING']\nenv: [{name: GREETING, value: hello}]\n`);
  await page.getByRole('button', { name: 'Create job' }).click();
  await expect(page.getByText('Succeeded').first()).toBeVisible();
  await page.getByRole('tab', { name: 'Logs' }).click();
  await expect(page.getByRole('log')).toContainText('hello');
  await page.getByRole('tab', { name: 'Outputs' }).click();
  await expect(page.getByText('The job names no output')).toBeVisible();
  await accessible(page);
  await page.getByRole('tab', { name: 'Metrics' }).click();
  await expect(page.getByRole('heading', { level: 2, name: /Nothing is measured here|No measurements are kept/ })).toBeVisible();
  await accessible(page);
  gone('by-yaml');
});
