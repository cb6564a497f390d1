import { fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import type { Spec } from '~/api/types';
import { flaws } from '~/test/axe';
import { at, choices, dry, fill, fits, invalid, jobs, least, made, page, posted, preflight } from '~/test/creating';
import { job } from '~/test/fixtures';
import { show } from '~/test/render';
import { answers } from '~/test/service';

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

test('what YAML has no place for is mended before the view changes', async () => {
  answers(choices);
  show(page, at);
  await userEvent.clear(screen.getByLabelText(/^Workers/));
  await userEvent.type(screen.getByLabelText(/^Workers/), 'many');
  await userEvent.click(screen.getByRole('button', { name: 'YAML' }));
  expect(screen.getByText('A whole number.')).toBeInTheDocument();
  expect(screen.getByLabelText(/^Workers/)).toHaveValue('many');
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
