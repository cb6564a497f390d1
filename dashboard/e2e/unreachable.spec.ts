import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { accessible, asAdmin, expect, gone, image, odh, picture, signIn, test } from './sandbox';

const container = (name: string, command: string[]) => ({
  name,
  image,
  command,
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
});
const pod = (of: object) => ({ template: { spec: { securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } }, ...of } } });

/** Its Workers start so slowly that their names can be taken away before the Launcher has asked for them. */
const manifest = {
  apiVersion: 'kubeflow.org/v2beta1',
  kind: 'MPIJob',
  metadata: { name: 'unheard', annotations: { 'training.opendatahub.io/wait-timeout': '40s' } },
  spec: {
    mpiReplicaSpecs: {
      Launcher: pod({ containers: [container('launcher', ['mpirun', 'hostname'])] }),
      Worker: { replicas: 2, ...pod({ initContainers: [container('first', ['sleep', '20'])], containers: [container('worker', [])] }) },
    },
  },
};

test.afterEach(() => gone('unheard', 'unheard-2', 'unheard-3'));

test('EDGE-5: a Worker that can’t be reached is named with what stands between, what to do is a click away, and the job runs when that is mended', async ({ page }) => {
  gone('unheard', 'unheard-2', 'unheard-3');
  const folder = mkdtempSync(join(tmpdir(), 'unheard-'));
  writeFileSync(join(folder, 'job.json'), JSON.stringify(manifest));
  odh('scientist', ['create', '-f', join(folder, 'job.json')]);
  rmSync(folder, { recursive: true });
  // Without the Service the cluster's DNS knows no name of the job's, as where a policy keeps the DNS away.
  await expect.poll(() => asAdmin('DELETE', '/api/v1/namespaces/team-a/services/unheard')).toBe(true);
  await signIn(page, 'scientist', '/projects/team-a/jobs/unheard');
  await expect(page.getByRole('heading', { level: 2, name: /Worker \d: runs, but the Launcher can't reach it.*DNS/ })).toBeVisible();
  await accessible(page);
  await picture(page, 'job-unreachable');
  await page.getByRole('link', { name: 'More about it' }).click();
  await expect(page.getByRole('region', { name: "A running Worker can't be reached" })).toBeInViewport();
  await page.goBack();
  await page.getByRole('button', { name: 'Retry' }).click();
  await expect(page.getByRole('heading', { level: 1, name: /^unheard-\d$/ })).toBeVisible();
  await expect(page.getByText('Succeeded').first()).toBeVisible();
});
