import { parse } from 'yaml';

import { accessible, asAdmin, expect, gone, image, odh, picture, rowOf, signIn, test } from './sandbox';

const runtimes = '/apis/trainer.kubeflow.org/v1alpha1/clustertrainingruntimes';
const trainJobs = '/apis/trainer.kubeflow.org/v1alpha1/namespaces/team-a/trainjobs';

/** torch is the runtime by the name that Kubeflow Trainer installs it under, with what the sandbox has in place of PyTorch. */
const torch = {
  apiVersion: 'trainer.kubeflow.org/v1alpha1',
  kind: 'ClusterTrainingRuntime',
  metadata: { name: 'torch-distributed', labels: { 'trainer.kubeflow.org/framework': 'torch' } },
  spec: {
    mlPolicy: { numNodes: 1, torch: { numProcPerNode: 'auto' } },
    template: {
      spec: {
        replicatedJobs: [
          {
            name: 'node',
            template: {
              metadata: { labels: { 'trainer.kubeflow.org/trainjob-ancestor-step': 'trainer' } },
              spec: {
                template: {
                  spec: {
                    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
                    containers: [{ name: 'node', image, securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }],
                  },
                },
              },
            },
          },
        ],
      },
    },
  },
};

/** trainJob is one of two nodes. */
const trainJob = (name: string, command: string[]) => ({
  apiVersion: 'trainer.kubeflow.org/v1alpha1',
  kind: 'TrainJob',
  metadata: { name },
  spec: { runtimeRef: { name: 'torch-distributed' }, trainer: { image, numNodes: 2, command } },
});

async function clear() {
  gone('beside', 'same');
  await asAdmin('DELETE', `${trainJobs}/my-training`);
  await asAdmin('DELETE', `${trainJobs}/same`);
  await asAdmin('DELETE', `${runtimes}/torch-distributed`);
}

test.afterEach(clear);

test('AS-4: the guide gives a program of torchrun its TrainJob, which is in one list with MPIJobs, in the same words', async ({ page }) => {
  await clear();
  await asAdmin('POST', runtimes, torch);
  odh('scientist', ['create', 'beside', '--image', image, '--workers', '1', '--', 'sleep', '600']);
  await signIn(page, 'scientist', '/projects/team-a/create');
  await page.getByRole('radio', { name: /^torchrun/ }).press('Space');
  await accessible(page);
  await picture(page, 'create-guide');
  const manifest = parse(await page.locator('code').innerText()) as { spec: { trainer: object } };
  manifest.spec.trainer = { ...manifest.spec.trainer, image, command: ['sleep', '600'] };
  await expect(() => asAdmin('POST', trainJobs, manifest)).toPass(); // Trainer may not have seen its runtime yet

  await page.goto('/projects/team-a/jobs');
  await expect(rowOf(page, 'my-training')).toContainText('TrainJob');
  await expect(rowOf(page, 'my-training')).toContainText('Running');
  await expect(rowOf(page, 'my-training').getByLabel('2 of 2 Workers ready')).toBeVisible();
  await expect(rowOf(page, 'beside')).toContainText('MPIJob');
  await page.getByRole('button', { name: 'Type' }).first().click();
  await page.getByRole('menuitem', { name: 'TrainJob' }).or(page.getByRole('checkbox', { name: 'TrainJob' })).first().click();
  await page.keyboard.press('Escape');
  await expect(rowOf(page, 'beside')).toHaveCount(0);
  await expect(rowOf(page, 'my-training')).toBeVisible();
  await accessible(page);
  await rowOf(page, 'my-training').getByRole('link', { name: 'my-training' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'my-training' })).toBeVisible();
  await accessible(page);
});

test('a TrainJob’s page has its own pods, log and events, and nothing that it lacks, though an MPIJob has its name', async ({ page }) => {
  await clear();
  await asAdmin('POST', runtimes, torch);
  odh('scientist', ['create', 'same', '--image', image, '--workers', '1', '--', 'sh', '-c', 'echo written by the MPIJob; sleep 600']);
  const same = trainJob('same', ['sh', '-c', 'echo written by the TrainJob on $JOB_COMPLETION_INDEX; sleep 600']);
  await expect(() => asAdmin('POST', trainJobs, same)).toPass();
  await signIn(page, 'scientist');
  const row = (type: string) => rowOf(page, 'same').filter({ hasText: type });
  for (const type of ['TrainJob', 'MPIJob']) await expect(row(type)).toContainText('Running');
  await page.getByRole('button', { name: 'Type', exact: true }).last().click();
  await expect(page).toHaveURL(/sortBy=type/);

  await row('TrainJob').getByRole('link', { name: 'same' }).click();
  const topology = page.locator('.topology-node');
  await expect(topology.getByRole('button', { name: 'Node 0 Running' })).toBeVisible();
  await expect(topology.getByRole('button', { name: 'Node 1 Running' })).toBeVisible();
  await expect(topology).not.toContainText(/Launcher|Worker/);
  await topology.getByRole('button', { name: 'Node 1' }).click();
  await expect(page.getByText(/^same-node-0-1-/)).toBeVisible();
  await expect(page.getByRole('tab')).toHaveText(['Overview', 'Logs', 'Metrics', 'Shell', 'Events', 'YAML']);
  await accessible(page);
  await page.getByRole('button', { name: 'Log of Node 1' }).click();
  const log = page.getByRole('log');
  await expect(log).toContainText('written by the TrainJob on 1');
  await expect(log).not.toContainText('on 0');
  await page.getByLabel('Log of').selectOption('All of them');
  await expect(log).toContainText('written by the TrainJob on 0');
  await expect(log).toContainText('written by the TrainJob on 1');
  await expect(log).not.toContainText('MPIJob');
  await page.getByRole('tab', { name: 'Shell' }).click();
  await expect(page.getByLabel('Where the shell runs').locator('option')).toHaveText(['Node 0', 'Node 1']);
  await page.getByRole('tab', { name: 'Events' }).click();
  const events = page.getByRole('grid', { name: 'Events' });
  await expect(events.getByRole('row').filter({ hasText: 'Node 1' }).filter({ hasText: 'Started' }).first()).toBeVisible();
  await expect(events.getByRole('row').filter({ hasText: 'Job same-node-0' }).filter({ hasText: 'SuccessfulCreate' }).first()).toBeVisible();
  await expect(events).not.toContainText(/MPIJob|Launcher|Worker/);
  await accessible(page);
  await page.getByRole('tab', { name: 'YAML' }).click();
  await expect(page.locator('code')).toContainText('kind: TrainJob');
  await page.getByRole('button', { name: 'Actions', exact: true }).click();
  await expect(page.getByRole('menuitem')).toHaveText(['Suspend', 'Delete']);

  await page.goto('/projects/team-a/jobs/same?tab=logs');
  await expect(log).toContainText('written by the MPIJob');
  await expect(log).not.toContainText('TrainJob');
  await page.getByRole('tab', { name: 'Overview' }).click();
  await expect(topology.getByRole('button', { name: 'Launcher Running' })).toBeVisible();
  await expect(topology).not.toContainText('Node 0');

  expect(odh('scientist', ['logs', 'trainjob/same', '--worker=0'])).toBe('written by the TrainJob on 0\n');
  expect(odh('scientist', ['exec', 'trainjob/same', '--worker=1', '--', 'hostname'])).toMatch(/^same-node-0-1/);
  expect(odh('scientist', ['describe', 'trainjob/same'])).toMatch(/Node 1 +Running/);
  expect(odh('scientist', ['logs', 'same'])).toContain('written by the MPIJob');
});
