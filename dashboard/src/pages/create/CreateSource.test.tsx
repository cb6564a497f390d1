import { cleanup, screen } from '@testing-library/react';

import { at, choices, dry, fits, jobs, least, page, preflight } from '~/test/creating';
import { job } from '~/test/fixtures';
import { show } from '~/test/render';
import { answers, refusal } from '~/test/service';

test.each([
  ['under the name of its next copy', () => Response.json({ job: job({ name: 'old-2' }), from: 'old', differences: [] }), 'old-2', /under a name that is free/],
  ['without a name where none can be had', () => refusal(503, 'Busy', 'The service is busy.'), '', /give it a name of its own/],
])('a job begins as another one, %s', async (_what, clone, name, says) => {
  const spec = { name: 'old', image: 'train:1', command: ['a'], workers: 3, claims: [{ name: 'data', mountPath: '/data' }] };
  answers({ ...choices, [`GET ${jobs}/old/manifest`]: () => new Response(JSON.stringify(least), { headers: { 'Content-Type': 'application/yaml' } }), [dry]: { job: job(), manifest: {}, spec }, [preflight]: fits, [`POST ${jobs}/old/clone?dryRun=client`]: clone });
  show(page, `${at}?from=old`);
  expect(await screen.findByLabelText(/^Image/)).toHaveValue('train:1');
  expect(screen.getByLabelText(/^Name/)).toHaveValue(name);
  expect(screen.getByText(says)).toBeVisible();
  expect(screen.getByLabelText('Claims, row 1: Folder')).toHaveValue('/data');
});

test('what was changed before comes along, however long it is', async () => {
  const spec = { name: 'old-2', image: 'train:1', command: ['a'], workers: 3, memoryPerWorker: '10Ti', timeLimit: '1d' };
  const changes = { memoryPerWorker: '10Ti', timeLimit: '1d' };
  const sent = answers({ ...choices, [dry]: { job: job(), manifest: {}, spec }, [preflight]: fits, [`POST ${jobs}/old/clone?dryRun=client`]: { job: job({ name: 'old-2' }), from: 'old', differences: [], manifest: {}, spec } });
  show(page, { pathname: at, search: '?from=old', state: { changes } });
  expect(await screen.findByLabelText(/^Memory per Worker/)).toHaveValue('10Ti');
  expect(screen.getByLabelText(/^Time limit/)).toHaveValue('1d');
  expect(screen.getByLabelText(/^Name/)).toHaveValue('old-2');
  expect(screen.getByText(/with your changes/)).toBeVisible();
  expect(sent.find((s) => s.path.includes('/clone'))?.body).toEqual({ changes });
});

test('a job that was made anew since it was seen is not begun with, changed or as it is', async () => {
  const replaced = () => refusal(409, 'Replaced', 'the MPIJob "old" you saw is gone');
  const sent = answers({ ...choices, [`GET ${jobs}/old/manifest?uid=u1`]: replaced, [`POST ${jobs}/old/clone?uid=u1&dryRun=client`]: replaced });
  for (const state of [null, { changes: { workers: 3 } }]) {
    show(page, { pathname: at, search: '?from=old&uid=u1', state });
    expect(await screen.findByText('the MPIJob "old" you saw is gone')).toBeVisible();
    expect(screen.queryByRole('button', { name: 'Create job' })).toBeNull();
    cleanup();
  }
  expect(sent.filter((s) => s.path.includes('/old/')).map((s) => s.path)).toEqual([`${jobs}/old/manifest?uid=u1`, `${jobs}/old/clone?uid=u1&dryRun=client`]);
});

test('a template that says more than a form can is shown as YAML', async () => {
  answers({ ...choices, 'GET /api/v1/namespaces/team-a/templates/big': { name: 'big', mpijob: { ...least, spec: { mpiReplicaSpecs: {} } } } });
  show(page, `${at}?template=big`);
  expect(await screen.findByLabelText('The job as YAML')).toHaveValue('apiVersion: kubeflow.org/v2beta1\nkind: MPIJob\nmetadata:\n  name: bert\nspec:\n  mpiReplicaSpecs: {}\n');
});

test('a template that is gone is said, and nothing is shown to fill in', async () => {
  answers({ ...choices, 'GET /api/v1/namespaces/team-a/templates/big': () => refusal(404, 'NotFound', 'There is no template big.') });
  show(page, `${at}?template=big`);
  expect(await screen.findByText('There is no template big.')).toBeInTheDocument();
  expect(screen.queryByRole('button', { name: 'Create job' })).toBeNull();
});
