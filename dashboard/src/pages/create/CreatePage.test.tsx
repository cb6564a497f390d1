import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import { flaws } from '~/test/axe';
import { at, choices, dry, fill, fits, jobs, made, page, posted, preflight } from '~/test/creating';
import { job } from '~/test/fixtures';
import { show } from '~/test/render';
import { answers, gone, losing, refusal } from '~/test/service';

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
