import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { accessible, claim, expect, gone, image, noClaim, picture, signIn, test } from './sandbox';

const name = 'with-a-model';
const folder = mkdtempSync(join(tmpdir(), 'dashboard-'));

test.beforeAll(async () => {
  gone(name);
  mkdirSync(join(folder, 'claim', 'run-1'), { recursive: true });
  for (const dir of ['claim', 'claim/run-1']) chmodSync(join(folder, dir), 0o777); // pods run as anyone
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'src', 'train.sh'), '#!/bin/sh\n[ "$OMPI_COMM_WORLD_RANK" = 0 ] || exit 0\necho "$GREETING, weights" > "$TRAINING_OUTPUT/model.pt"\n');
  writeFileSync(join(folder, 'src', 'notes.log'), 'stays behind');
  writeFileSync(join(folder, 'src', '.odhignore'), '*.log\n');
  await claim(name, join(folder, 'claim'));
});

test.afterAll(async () => {
  gone(name);
  await noClaim(name);
  rmSync(folder, { recursive: true, force: true });
});

test('STORY-1: code comes along, and the model that the job leaves is downloaded', async ({ page }) => {
  await signIn(page, 'scientist');
  await page.goto('/projects/team-a/create');
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Image').fill(image);
  await page.getByLabel('Command').fill('./train.sh');
  await page.getByTestId('code').setInputFiles(join(folder, 'src'));
  await expect(page.getByText('src: 2 files')).toBeVisible();
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('button', { name: 'Add a variable' }).click();
  await page.getByLabel('Environment, row 1: Name').fill('GREETING');
  await page.getByLabel('Environment, row 1: Value').fill('hello');
  await page.getByRole('button', { name: 'Add a claim' }).click();
  await page.getByLabel('Claims, row 1: Name').fill(name);
  await page.getByLabel('Claims, row 1: Folder').fill('/data');
  await page.getByLabel('Output', { exact: true }).fill(`pvc:${name}:/run-1`);
  await accessible(page);
  await picture(page, 'create-more');
  await page.getByRole('button', { name: 'Create job' }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await expect(page.getByText('Succeeded').first()).toBeVisible();
  await page.getByRole('tab', { name: 'Outputs' }).click();
  const download = page.getByRole('link', { name: 'Download model.pt' });
  await expect(download).toBeVisible(); // a pod reads the claim
  await accessible(page);
  await picture(page, 'job-outputs');
  const [file] = await Promise.all([page.waitForEvent('download'), download.click()]); // for which a pod starts too
  expect(file.suggestedFilename()).toBe('model.pt');
  expect(readFileSync(await file.path(), 'utf8')).toBe('hello, weights\n');
});
