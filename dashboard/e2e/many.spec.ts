import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { accessible, expect, image, odh, signIn, test } from './sandbox';

const names = Array.from({ length: 200 }, (_, i) => `many-${String(i).padStart(3, '0')}`);

/** Suspended jobs take nothing but a line in the list. */
function manifest(name: string): object {
  const template = (args: object) => ({ spec: { containers: [{ name: 'c', image, ...args }] } });
  return {
    apiVersion: 'kubeflow.org/v2beta1',
    kind: 'MPIJob',
    metadata: { name, namespace: 'team-a', labels: { 'dashboard-test': 'many' } },
    spec: {
      runPolicy: { suspend: true },
      mpiReplicaSpecs: { Launcher: { replicas: 1, template: template({ command: ['mpirun', 'pi'] }) }, Worker: { replicas: 2, template: template({}) } },
    },
  };
}

const gone = () => odh('scientist', ['delete', '-l', 'dashboard-test=many', '--yes'], true);

test.beforeAll(() => {
  gone();
  const folder = mkdtempSync(join(tmpdir(), 'many-'));
  for (let i = 0; i < names.length; i += 100) {
    const file = join(folder, `jobs-${i}.yaml`); // of 100 at most
    writeFileSync(file, names.slice(i, i + 100).map((n) => JSON.stringify(manifest(n))).join('\n---\n'));
    odh('scientist', ['create', '-f', file]);
  }
  rmSync(folder, { recursive: true });
});
test.afterAll(gone);

test('hundreds of jobs are pages of a hundred, all within reach of the keyboard', async ({ page }) => {
  await signIn(page, 'scientist', '/projects/team-a/jobs?perPage=100&search=many-&sortBy=name');
  const table = page.getByRole('grid', { name: 'Training jobs' });
  await expect(table.getByRole('link', { name: 'many-000' })).toBeVisible();
  await expect(table.getByRole('link')).toHaveCount(100);
  await accessible(page);
  await page.getByRole('button', { name: 'Go to next page' }).press('Enter');
  await expect(table.getByRole('link', { name: 'many-199' })).toBeAttached();
  await expect(page).toHaveURL(/page=2/);
  await table.getByRole('link', { name: 'many-199' }).focus(); // it scrolls there
  await expect(table.getByRole('link', { name: 'many-199' })).toBeInViewport();
});
