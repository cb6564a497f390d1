import { parse } from 'yaml';

import { accessible, asAdmin, expect, gone, image, odh, picture, signIn, test, visit } from './sandbox';

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

async function clear() {
  gone('beside');
  await asAdmin('DELETE', `${trainJobs}/my-training`);
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
  await asAdmin('POST', trainJobs, manifest);

  await visit(page, '/projects/team-a/jobs');
  const row = (name: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
  await expect(row('my-training')).toContainText('TrainJob');
  await expect(row('my-training')).toContainText('Running');
  await expect(row('my-training').getByLabel('2 of 2 Workers ready')).toBeVisible();
  await expect(row('beside')).toContainText('MPIJob');
  await page.getByRole('button', { name: 'Type' }).click();
  await page.getByRole('menuitem', { name: 'TrainJob' }).or(page.getByRole('checkbox', { name: 'TrainJob' })).first().click();
  await page.keyboard.press('Escape');
  await expect(row('beside')).toHaveCount(0);
  await expect(row('my-training')).toBeVisible();
  await accessible(page);
  await row('my-training').getByRole('link', { name: 'my-training' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'my-training' })).toBeVisible();
  await accessible(page);
});
