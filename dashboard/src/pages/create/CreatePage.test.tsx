import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes } from 'react-router-dom';

import type { Spec } from '~/api/types';
import { flaws } from '~/test/axe';
import { job } from '~/test/fixtures';
import { show } from '~/test/render';
import { answers, gone, losing, refusal } from '~/test/service';

import CreatePage from './CreatePage';

const page = (
  <Routes>
    <Route path="/projects/:namespace/create" element={<CreatePage />} />
    <Route path="/projects/:namespace/jobs/:name" element={<p>its page</p>} />
  </Routes>
);
const at = '/projects/team-a/create';
const jobs = '/api/v1/namespaces/team-a/trainingjobs';
const fits = { name: 'bert', namespace: 'team-a', outcome: 'Waits', message: 'Requested 8 GPUs, 6 available', workers: 4, largestWorkers: 3, checks: [], suggestions: ['ask for 3 Workers'] };

// What one may choose from is asked for on every visit.
const choices = { 'GET /api/v1/me': { user: 'ann', rights: { list: true, create: true, connections: true } }, 'GET /api/v1/namespaces/team-a/queues': { items: [{ name: 'volcano:gpu', manager: 'Volcano', admitted: 0, waiting: 0 }] }, 'GET /api/v1/namespaces/team-a/images': ['train:2', 'train:1'], 'GET /api/v1/namespaces/team-a/connections': [{ name: 's3', type: 's3', variables: [] }] };
const dry = `POST ${jobs}?dryRun=client`;
const preflight = 'POST /api/v1/namespaces/team-a/preflight';
const made = { job: job({ name: 'bert' }) };
const least = { apiVersion: 'kubeflow.org/v2beta1', kind: 'MPIJob', metadata: { name: 'bert' }, spec: {} };
const posted = (sent: { method: string; path: string; body: unknown }[]) => sent.filter((s) => s.method === 'POST' && s.path === jobs).map((s) => s.body);

async function fill(of: Record<string, string>) {
  for (const [label, text] of Object.entries(of)) await userEvent.type(screen.getByLabelText(new RegExp(`^${label}`)), text);
}

test('nothing is sent before all that is needed is there, and each field says so', async () => {
  const sent = answers(choices);
  show(page, at);
  await userEvent.click(screen.getByRole('button', { name: 'Create job' }));
  expect(screen.getAllByText('A job needs this.')).toHaveLength(3);
  await waitFor(() => expect(screen.getByLabelText(/^Name/)).toHaveFocus()); // the first to mend
  expect(sent.filter((s) => s.method === 'POST')).toEqual([]);
});

test('connections are asked for only where one may see them', async () => {
  const asked = (sent: { path: string }[]) => sent.filter((s) => s.path.endsWith('/connections')).length;
  const may = answers(choices);
  show(page, at);
  await waitFor(() => expect(asked(may)).toBe(1));
  cleanup();

  const mayNot = answers({ ...choices, 'GET /api/v1/me': { user: 'ann', rights: { create: true, connections: false } } });
  show(page, at);
  await waitFor(() => expect(mayNot.some((s) => s.path.startsWith('/api/v1/me'))).toBe(true));
  await screen.findByLabelText(/^Name/);
  expect(asked(mayNot)).toBe(0);
});

test('images that jobs use are suggested, newest first; any other can be typed', async () => {
  answers(choices);
  const { container } = show(page, at);
  const image = screen.getByLabelText<HTMLInputElement>(/^Image/);
  const offered = () => [...(image.list?.options ?? [])].map((o) => o.value);
  await waitFor(() => expect(offered()).toEqual(['train:2', 'train:1']));
  await fill({ Image: 'other:1' });
  expect(image).toHaveValue('other:1');
  expect(await flaws(container)).toEqual([]);
});

test.each([
  ['none is there', true, [], 1],
  ['none may be seen any more', true, () => refusal(403, 'Forbidden', 'No.'), 1],
  ['one may list none', false, ['train:1'], 0],
])('where jobs tell no image, for %s, it is just typed', async (_name, list, answer, times) => {
  const sent = answers({ ...choices, 'GET /api/v1/me': { user: 'ann', rights: { list, create: true, connections: true } }, 'GET /api/v1/namespaces/team-a/images': answer });
  show(page, at);
  await waitFor(() => expect(sent.some((s) => s.path.endsWith('/connections'))).toBe(true));
  await fill({ Image: 'other:1' });
  expect(screen.getByLabelText(/^Image/)).toHaveValue('other:1');
  expect(screen.queryByText('No.')).toBeNull();
  expect(sent.filter((s) => s.path.endsWith('/images'))).toHaveLength(times);
});

test('room is looked for while one types, with what would fit; then the job is created once', async () => {
  const sent = answers({
    ...choices,
    [dry]: { job: job(), manifest: {} },
    [preflight]: fits,
    [`POST ${jobs}`]: made,
  });
  show(page, at);
  await fill({ Name: 'bert', Image: 'train:1', Command: 'python train.py' });
  expect(await screen.findByText(/Requested 8 GPUs, 6 available/)).toBeInTheDocument();
  expect(screen.getByText('3 Workers fit now.')).toBeInTheDocument();
  expect(screen.getByRole('img', { name: 'A Launcher and 2 Workers with 1 rank each' })).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Create job' }));
  expect(await screen.findByText('its page')).toBeInTheDocument();
  expect(posted(sent)).toHaveLength(1);
  expect(posted(sent)[0]).toMatchObject({ name: 'bert', image: 'train:1', command: ['python', 'train.py'], workers: 2 });
});

test('what would fit is a click away, and no other number is', async () => {
  const sent = answers({ ...choices, [dry]: { job: job(), manifest: {} }, [preflight]: { ...fits, workers: 4 } });
  show(page, at);
  await fill({ Name: 'bert', Image: 'train:1', Command: 'x' });
  await userEvent.clear(screen.getByLabelText(/^Workers/));
  await fill({ Workers: '4' });
  await userEvent.click(await screen.findByRole('button', { name: 'Change to 3 Workers' }));
  expect(screen.getByLabelText(/^Workers/)).toHaveValue('3');
  expect(screen.getByLabelText(/^Workers/)).toHaveFocus();
  await waitFor(() => expect(sent.filter((s) => s.path.endsWith('/preflight')).at(-1)?.body).toMatchObject({ workers: 3 }));
  await userEvent.click(screen.getByRole('button', { name: 'YAML' }));
  expect(screen.queryByRole('button', { name: /^Change to/ })).toBeNull(); // a text is changed by who wrote it
});

test('a job whose answer is lost is not created twice when it is asked for again; another one is another', async () => {
  const { made: keys, answers: create } = losing(() => refusal(409, 'AlreadyExists', 'MPIJob "bert" exists'));
  const sent = answers({ ...choices, [dry]: { job: job(), manifest: {} }, [preflight]: fits, [`POST ${jobs}`]: create });
  show(page, at);
  await fill({ Name: 'bert', Image: 'train:1', Command: 'x' });
  await userEvent.click(screen.getByRole('button', { name: 'Create job' }));
  expect(await screen.findByText(/No second job is made/)).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await waitFor(() => expect(posted(sent)).toHaveLength(2));
  expect(keys).toHaveLength(1);
  await fill({ Name: '-2' });
  await userEvent.click(screen.getByRole('button', { name: 'Create job' }));
  await waitFor(() => expect(keys).toHaveLength(2));
});

test('a question that got no answer is asked again, and what had to be said of that is gone', async () => {
  const back = new Set<string>();
  const once = (which: string, body: object) => () => (back.has(which) ? Response.json(body) : gone());
  answers({ ...choices, [dry]: once('dry', { job: job(), manifest: {} }), [preflight]: once('preflight', fits) });
  show(page, at);
  await fill({ Name: 'bert', Image: 'train:1', Command: 'python train.py' });
  for (const which of ['dry', 'preflight']) {
    expect(await screen.findByRole('heading', { name: /does not answer/ }, { timeout: 5_000 })).toBeVisible();
    back.add(which);
  }
  expect(await screen.findByText(/Requested 8 GPUs/, undefined, { timeout: 10_000 })).toBeVisible();
  expect(screen.queryByRole('heading', { name: /does not answer/ })).toBeNull();
}, 25_000);

test('what the service finds wrong stands at its field, and nothing is created', async () => {
  const sent = answers({
    ...choices,
    [dry]: (body: unknown) =>
      Response.json(
        { type: '', title: 'Invalid', status: 422, code: 'Invalid', detail: 'd', fields: [{ field: 'memoryPerWorker', message: `"${(body as Spec).memoryPerWorker}" is no amount: write 16Gi` }] },
        { status: 422, headers: { 'Content-Type': 'application/problem+json' } },
      ),
  });
  show(page, at);
  await fill({ Name: 'bert', Image: 'train:1', Command: 'x', 'Memory per Worker': 'lots' });
  await userEvent.tab();
  expect(await screen.findByText(/"lots" is no amount: write 16Gi/)).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Create job' }));
  await waitFor(() => expect(posted(sent)).toEqual([]));
});

test('form and YAML say the same, both ways', async () => {
  const sent = answers({ ...choices, [dry]: { job: job(), manifest: {} }, [preflight]: fits, [`POST ${jobs}`]: made });
  const { container } = show(page, at);
  await fill({ Name: 'bert', Image: 'train:1', Command: 'python train.py' });
  await userEvent.click(screen.getByRole('button', { name: 'More' }));
  await userEvent.click(screen.getByRole('button', { name: 'Add a variable' }));
  await userEvent.type(screen.getByLabelText('Environment, row 1: Name'), 'LR');
  await userEvent.click(screen.getByRole('button', { name: 'YAML' }));
  const text = screen.getByLabelText('The job as YAML');
  expect(text).toHaveValue('name: bert\nimage: train:1\ncommand:\n  - python\n  - train.py\nworkers: 2\nmpi: OpenMPI\nenv:\n  - name: LR\n    value: ""\n');
  expect(await flaws(container)).toEqual([]);
  fireEvent.change(text, { target: { value: 'name: bert\nimage: train:1\ncommand: [a, b c]\nworkers: 3\ngpuType: amd.com/gpu\n' } });
  await userEvent.click(screen.getByRole('button', { name: 'Form' }));
  expect(screen.getByLabelText(/^Command/)).toHaveValue('a "b c"');
  await userEvent.click(screen.getByRole('button', { name: 'Create job' }));
  expect(await screen.findByText('its page')).toBeInTheDocument();
  expect(posted(sent)).toEqual([{ name: 'bert', image: 'train:1', command: ['a', 'b c'], workers: 3, gpuType: 'amd.com/gpu', mpi: 'OpenMPI' }]);
});

test('what few need is folded away, and what was said there is open in the form and in YAML', async () => {
  const sent = answers({ ...choices, [dry]: { job: job(), manifest: {} }, [preflight]: fits, [`POST ${jobs}`]: made });
  const { container } = show(page, at);
  for (const fold of ['More', 'For experts']) expect(screen.getByRole('button', { name: fold })).toHaveAttribute('aria-expanded', 'false');
  await fill({ Name: 'bert', Image: 'train:1', Command: 'x' });
  await userEvent.click(screen.getByRole('button', { name: 'For experts' }));
  await fill({ 'Priority class': 'high', 'CPU of the Launcher': '2', 'Options of mpirun': '--mca btl ^openib', Arguments: '--lr 0.1' });
  await userEvent.click(screen.getByRole('button', { name: 'Add a label' }));
  await userEvent.type(screen.getByLabelText('Nodes, row 1: Label'), 'gpu');
  await userEvent.type(screen.getByLabelText('Nodes, row 1: Value'), 'a100');
  expect(await flaws(container)).toEqual([]);
  await userEvent.click(screen.getByRole('button', { name: 'YAML' }));
  const text = screen.getByLabelText('The job as YAML');
  expect(text).toHaveValue(
    'name: bert\nimage: train:1\ncommand:\n  - x\nworkers: 2\nmpi: OpenMPI\npriorityClass: high\nlauncherCPU: "2"\nmpirunFlags:\n  - --mca\n  - btl\n  - ^openib\nargs:\n  - --lr\n  - "0.1"\nnodeSelector:\n  gpu: a100\n',
  );
  fireEvent.change(text, { target: { value: 'name: bert\nimage: train:1\ncommand: [x]\nworkers: 2\nlauncherMemory: 1Gi\nnodeSelector: {zone: b}\n' } });
  await userEvent.click(screen.getByRole('button', { name: 'Form' }));
  expect(screen.getByRole('button', { name: 'For experts' })).toHaveAttribute('aria-expanded', 'true');
  expect(screen.getByRole('button', { name: 'More' })).toHaveAttribute('aria-expanded', 'false');
  expect(screen.getByLabelText('Memory of the Launcher')).toHaveValue('1Gi');
  expect(screen.getByLabelText('Priority class')).toHaveValue('');
  expect(screen.getByLabelText('Nodes, row 1: Label')).toHaveValue('zone');
  await userEvent.click(screen.getByRole('button', { name: 'Create job' }));
  expect(await screen.findByText('its page')).toBeInTheDocument();
  expect(posted(sent)).toEqual([{ name: 'bert', image: 'train:1', command: ['x'], workers: 2, mpi: 'OpenMPI', launcherMemory: '1Gi', nodeSelector: { zone: 'b' } }]);
});

test('YAML that is none says where, and is not sent; a whole MPIJob is, as it stands', async () => {
  const sent = answers({ ...choices, [dry]: { job: job(), manifest: {} }, [preflight]: fits, [`POST ${jobs}`]: made });
  show(page, at);
  await userEvent.click(screen.getByRole('button', { name: 'YAML' }));
  const text = screen.getByLabelText('The job as YAML');
  fireEvent.change(text, { target: { value: 'name: [a\n' } });
  expect(screen.getByRole('button', { name: 'Line 2, column 1' })).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Create job' }));
  expect(posted(sent)).toEqual([]);
  fireEvent.change(text, { target: { value: JSON.stringify(least) } });
  expect(await screen.findByText(/says more than the form can show/)).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Form' })).toBeDisabled();
  await userEvent.click(screen.getByRole('button', { name: 'Create job' }));
  expect(await screen.findByText('its page')).toBeInTheDocument();
  expect(posted(sent)).toEqual([least]);
});

test('a whole MPIJob that is simple can be gone on with in the form', async () => {
  answers({ ...choices, [dry]: { job: job(), manifest: {}, spec: { name: 'bert', image: 'train:1', command: ['a'], workers: 5 } }, [preflight]: fits });
  show(page, at);
  await userEvent.click(screen.getByRole('button', { name: 'YAML' }));
  fireEvent.change(screen.getByLabelText('The job as YAML'), { target: { value: JSON.stringify(least) } });
  await waitFor(() => expect(screen.getByRole('button', { name: 'Form' })).toBeEnabled());
  await userEvent.click(screen.getByRole('button', { name: 'Form' }));
  expect(screen.getByLabelText(/^Workers/)).toHaveValue('5');
});

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

test('what YAML has no place for is mended before the view changes', async () => {
  answers(choices);
  show(page, at);
  await userEvent.clear(screen.getByLabelText(/^Workers/));
  await userEvent.type(screen.getByLabelText(/^Workers/), 'many');
  await userEvent.click(screen.getByRole('button', { name: 'YAML' }));
  expect(screen.getByText('A whole number.')).toBeInTheDocument();
  expect(screen.getByLabelText(/^Workers/)).toHaveValue('many');
});

test('a service that could not be asked keeps nobody from creating', async () => {
  const sent = answers({ ...choices, [dry]: () => refusal(503, 'Busy', 'The service is busy.'), [`POST ${jobs}`]: made });
  show(page, at);
  await fill({ Name: 'bert', Image: 'train:1', Command: 'x' });
  expect(await screen.findByText('The service is busy.')).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Try again' })).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Create job' }));
  expect(await screen.findByText('its page')).toBeInTheDocument();
  expect(posted(sent)).toHaveLength(1);
});

test('a folder of code and a whole MPIJob don’t go together, and that is said', async () => {
  const sent = answers({ ...choices, [dry]: { job: job(), manifest: {} }, [preflight]: fits, [`POST ${jobs}`]: made });
  show(page, at);
  const file = new File(['print()'], 'train.py');
  Object.defineProperties(file, { webkitRelativePath: { value: 'src/train.py' }, arrayBuffer: { value: () => Promise.resolve(new ArrayBuffer(7)) } });
  fireEvent.change(screen.getByTestId('code'), { target: { files: [file] } });
  expect(await screen.findByText('src: 1 file, 7 B')).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'YAML' }));
  fireEvent.change(screen.getByLabelText('The job as YAML'), { target: { value: JSON.stringify(least) } });
  await userEvent.click(screen.getByRole('button', { name: 'Create job' }));
  expect(screen.getByText(/takes no code along/)).toBeInTheDocument();
  expect(posted(sent)).toEqual([]);
  await userEvent.click(screen.getByRole('button', { name: 'Without it' }));
  await userEvent.click(screen.getByRole('button', { name: 'Create job' }));
  expect(await screen.findByText('its page')).toBeInTheDocument();
});

/** invalid is a refusal that names fields. */
const invalid = (...fields: { field: string; message: string }[]) =>
  Response.json(
    { type: '', title: 'Can’t be as it is written', status: 422, code: 'Invalid', detail: `MPIJob is invalid: ${fields.map((f) => f.message).join('; ')}`, suggestions: ['`dryRun=client` checks'], fields },
    { status: 422, headers: { 'Content-Type': 'application/problem+json' } },
  );

test('all that is wrong is said at once: what is missing, what is no number and what the service finds; each is a click away', async () => {
  const amount = { field: 'memoryPerWorker', message: '"10 TB" is no amount: did you mean 10T, or 10Ti?' };
  const limit = { field: 'timeLimit', message: '"1 day" is no time limit: did you mean 1d?' };
  answers({ ...choices, [dry]: () => invalid(amount, { field: 'image', message: 'name the image to run' }, limit) });
  const { container } = show(page, at);
  await userEvent.click(screen.getByRole('button', { name: 'More' }));
  await fill({ Name: 'bert', 'GPUs per Worker': '1 gpu', 'Memory per Worker': '10 TB', 'Time limit': '1 day' });
  expect(screen.getByText('A whole number: did you mean 1?')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Create job' }));
  expect(await screen.findByText(amount.message)).toBeVisible();
  expect(screen.getByText(limit.message)).toBeVisible();
  expect(screen.getAllByText('A job needs this.')).toHaveLength(2); // and not what the service says of that
  expect(screen.queryByText('name the image to run')).toBeNull();
  expect(screen.getByRole('heading', { name: /5 fields aren’t right yet/ })).toBeVisible();
  await waitFor(() => expect(screen.getByLabelText(/^Image/)).toHaveFocus());
  await userEvent.click(screen.getByRole('button', { name: 'Time limit' }));
  expect(screen.getByLabelText(/^Time limit/)).toHaveFocus();
  expect(screen.getByLabelText(/^Time limit/)).toHaveAccessibleDescription(/^"1 day" is no time limit: did you mean 1d\?/);
  expect(await flaws(container)).toEqual([]);
});

test('Enter in a field is the button below, and what one was told goes as it is mended', async () => {
  const sent = answers({ ...choices, [dry]: { job: job(), manifest: {} }, [preflight]: fits, [`POST ${jobs}`]: made });
  show(page, at);
  await fill({ Name: 'bert{Enter}' });
  expect(screen.getByRole('heading', { name: /2 fields aren’t right yet/ })).toBeVisible();
  await waitFor(() => expect(screen.getByLabelText(/^Image/)).toHaveFocus());
  await userEvent.keyboard('train:1{Tab}./p');
  await waitFor(() => expect(screen.queryByRole('heading', { name: /right yet/ })).toBeNull());
  expect(posted(sent)).toEqual([]);
  await userEvent.type(screen.getByLabelText(/^Workers/), '{Enter}');
  expect(await screen.findByText('its page')).toBeInTheDocument();
  expect(posted(sent)).toHaveLength(1);
});

test('what the cluster refuses as the job is created is gone to as well', async () => {
  answers({ ...choices, [dry]: { job: job(), manifest: {} }, [preflight]: fits, [`POST ${jobs}`]: () => invalid({ field: 'queue', message: 'there is no such queue' }) });
  show(page, at);
  await fill({ Name: 'bert', Image: 'train:1', Command: 'x' });
  await userEvent.click(screen.getByRole('button', { name: 'Create job' }));
  expect(await screen.findByText('there is no such queue')).toBeVisible();
  await waitFor(() => expect(screen.getByLabelText(/^Queue/)).toHaveFocus());
});

test('of several rows the wrong one is marked, and gone to', async () => {
  const wrong = () => invalid({ field: 'env[1].name', message: 'must be of printable ASCII characters' });
  answers({ ...choices, [dry]: wrong, [`POST ${jobs}`]: wrong });
  show(page, at);
  await userEvent.click(screen.getByRole('button', { name: 'More' }));
  for (const name of ['A', 'é']) {
    await userEvent.click(screen.getByRole('button', { name: 'Add a variable' }));
    await userEvent.type(screen.getByLabelText(`Environment, row ${name === 'A' ? 1 : 2}: Name`), name);
  }
  await fill({ Name: 'bert', Image: 'train:1', Command: 'x' });
  expect(await screen.findByText(/Row 2: must be of printable/)).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Create job' }));
  const second = screen.getByLabelText('Environment, row 2: Name');
  await waitFor(() => expect(second).toHaveFocus());
  expect(second).toHaveAccessibleDescription(/Row 2: must be/);
  expect(screen.getByLabelText('Environment, row 1: Name')).toBeValid();
});

test('what the service finds wrong in a text stands at its line, once', async () => {
  answers({
    ...choices,
    [dry]: () => invalid({ field: 'spec.mpiReplicaSpecs[Worker].replicas', message: 'is "two", but should be a whole number' }, { field: 'spec.slotsPerWorker', message: '-1 must be 0 to 4096' }, { field: 'metadata.name', message: 'a job needs a name' }),
  });
  const { container } = show(page, at);
  await userEvent.click(screen.getByRole('button', { name: 'YAML' }));
  const text = screen.getByLabelText<HTMLTextAreaElement>('The job as YAML');
  fireEvent.change(text, { target: { value: 'apiVersion: kubeflow.org/v2beta1\nkind: MPIJob\nspec:\n  slotsPerWorker: -1\n  mpiReplicaSpecs:\n    Worker:\n      replicas: two\n' } });
  await userEvent.click(await screen.findByRole('button', { name: 'Line 7' }));
  expect(text).toHaveFocus();
  expect(text.value.slice(text.selectionStart, text.selectionEnd)).toBe('      replicas: two');
  expect(text).toBeInvalid();
  expect(text).toHaveAccessibleDescription(/metadata\.name a job needs a name.*Line 4 : spec\.slotsPerWorker -1 must be.*Line 7 : spec\.mpiReplicaSpecs\[Worker\]\.replicas is "two"/);
  expect(screen.getAllByText(/but should be a whole number/)).toHaveLength(1);
  expect(await flaws(container)).toEqual([]);
});

test('of a text nothing is said that was found in the one before it', async () => {
  answers({ ...choices, [dry]: (body: unknown) => ((body as Spec).image === 'bad' ? invalid({ field: 'image', message: 'is bad' }) : new Promise<Response>(() => undefined)) });
  show(page, at);
  await userEvent.click(screen.getByRole('button', { name: 'YAML' }));
  const text = screen.getByLabelText('The job as YAML');
  fireEvent.change(text, { target: { value: 'name: a\nimage: bad\n' } });
  await waitFor(() => expect(text).toHaveAccessibleDescription(/is bad/));
  fireEvent.change(text, { target: { value: 'name: b\n' } });
  expect(text).not.toHaveAccessibleDescription(/is bad/);
  expect(text).toBeValid();
});

test('a text comes back from the form as it was written, unless something was changed there', async () => {
  answers({ ...choices, [dry]: { job: job(), manifest: {} }, [preflight]: fits });
  show(page, at);
  const written = '# for the paper\nname: bert\nimage: train:1\ncommand: [x]\nworkers: 2 # one node each\n';
  const to = (view: string) => userEvent.click(screen.getByRole('button', { name: view }));
  const text = () => screen.getByLabelText('The job as YAML');
  await to('YAML');
  fireEvent.change(text(), { target: { value: written } });
  await to('Form');
  await to('YAML');
  expect(text()).toHaveValue(written);
  await to('Form');
  fireEvent.change(screen.getByLabelText(/^Workers/), { target: { value: '3' } });
  await to('YAML');
  expect(text()).toHaveValue('name: bert\nimage: train:1\ncommand:\n  - x\nworkers: 3\nmpi: OpenMPI\n');
});

/** A text too long to be read with every letter. */
const long = (name: string, more = '') => `name: ${name}\nimage: train:1\ncommand: [x]\nworkers: 2\n${more}${'# what the paper says of it\n'.repeat(200)}`;

test('of a long text nothing is waited for: created is what was typed last', async () => {
  const sent = answers({ ...choices, [dry]: { job: job(), manifest: {} }, [preflight]: fits, [`POST ${jobs}`]: made });
  show(page, at);
  await userEvent.click(screen.getByRole('button', { name: 'YAML' }));
  const text = screen.getByLabelText('The job as YAML');
  fireEvent.change(text, { target: { value: long('bert') } });
  expect(text).toHaveValue(long('bert'));
  fireEvent.change(text, { target: { value: long('bert-2') } });
  fireEvent.click(screen.getByRole('button', { name: 'Create job' }));
  expect(await screen.findByText('its page')).toBeInTheDocument();
  expect(posted(sent)).toMatchObject([{ name: 'bert-2' }]);
});

test('of a long text the form shows what was typed last, and where that is none it stays a text', async () => {
  answers({ ...choices, [dry]: { job: job(), manifest: {} }, [preflight]: fits });
  show(page, at);
  await userEvent.click(screen.getByRole('button', { name: 'YAML' }));
  const text = screen.getByLabelText('The job as YAML');
  fireEvent.change(text, { target: { value: long('bert') } });
  await waitFor(() => expect(screen.getByRole('img', { name: /^A Launcher and 2 Workers/ })).toBeInTheDocument());
  const none = long('bert', 'workers: 3\n');
  fireEvent.change(text, { target: { value: none } });
  expect(screen.queryByRole('button', { name: /^Line/ })).toBeNull(); // said once it is read
  fireEvent.click(screen.getByRole('button', { name: 'Form' }));
  expect(text).toHaveValue(none);
  expect(screen.getByRole('button', { name: 'Line 5, column 1' })).toBeInTheDocument();
  fireEvent.change(text, { target: { value: long('bert-2') } });
  expect(screen.queryByRole('button', { name: /^Line/ })).toBeNull(); // lines have moved
  expect(text).toBeInvalid(); // what was wrong may be so still: it isn't taken away to be said again
  await waitFor(() => expect(screen.getByRole('button', { name: 'Form' })).toBeEnabled());
  fireEvent.change(text, { target: { value: long('bert-3') } });
  fireEvent.click(screen.getByRole('button', { name: 'Form' }));
  expect(screen.getByLabelText(/^Name/)).toHaveValue('bert-3');
});

test('of a long whole MPIJob the form is offered once the service has looked at what was typed last', async () => {
  const whole = (workers: number) => `apiVersion: kubeflow.org/v2beta1\nkind: MPIJob\nmetadata: {name: bert}\nspec: {mpiReplicaSpecs: {Worker: {replicas: ${workers}}}}\n${'# what the paper says of it\n'.repeat(200)}`;
  const sent = answers({ ...choices, [dry]: { job: job(), manifest: {}, spec: { name: 'bert', image: 'train:1', command: ['x'], workers: 2 } }, [preflight]: fits });
  show(page, at);
  await userEvent.click(screen.getByRole('button', { name: 'YAML' }));
  const text = screen.getByLabelText('The job as YAML');
  const form = () => screen.getByRole('button', { name: 'Form' });
  fireEvent.change(text, { target: { value: whole(2) } });
  await waitFor(() => expect(sent.some((s) => (s.body as { kind?: string } | undefined)?.kind === 'MPIJob')).toBe(true), { timeout: 5_000 });
  await waitFor(() => expect(form()).toBeEnabled(), { timeout: 5_000 });
  fireEvent.change(text, { target: { value: whole(3) } });
  expect(form()).toBeDisabled();
  await waitFor(() => expect(form()).toBeEnabled(), { timeout: 5_000 });
  await userEvent.click(form());
  expect(screen.getByLabelText(/^Name/)).toHaveValue('bert');
});
