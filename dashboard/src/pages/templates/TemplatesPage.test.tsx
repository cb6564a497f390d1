import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes, useLocation } from 'react-router-dom';

import type { Template } from '~/api/types';
import { flaws } from '~/test/axe';
import { job } from '~/test/fixtures';
import { show } from '~/test/render';
import { answers, empty, gone, never, refusal } from '~/test/service';

import TemplatesPage from './TemplatesPage';

const own: Template = { name: 'bert', description: 'Our BERT', created: '2026-01-02T10:00:00Z', spec: { image: 'train:1', workers: 4, gpusPerWorker: 2, memoryPerWorker: '16Gi' } };
const mpi: Template = { name: 'mpi', description: 'A program of your own', builtIn: true, spec: { workers: 2, cpuPerWorker: '1' } };
const at = '/api/v1/namespaces/team-a/templates';
const me = { user: 'ann', rights: { list: true, create: true, change: true, delete: true, createTemplates: true, updateTemplates: true, deleteTemplates: true } };

type By = Parameters<typeof answers>[0];
let by: By;
let sent: ReturnType<typeof answers>;

beforeEach(() => {
  by = { 'GET /api/v1/me': me, [`GET ${at}`]: [own, mpi], [`GET ${at}/bert`]: own, 'GET /api/v1/namespaces/team-a/trainingjobs': { items: [job({ name: 'pi' })], total: 1, position: '1' } };
  sent = answers(by);
});

function Where() {
  const { pathname, search } = useLocation();
  return <output data-testid="where">{pathname + search}</output>;
}

const open = (query = '') =>
  show(
    <main>
      <Routes>
        <Route path="/projects/:namespace/templates" element={<TemplatesPage />} />
        <Route path="*" element={null} />
      </Routes>
      <Where />
    </main>,
    `/projects/team-a/templates${query}`,
  );

const where = () => screen.getByTestId('where').textContent;

test('own and built-in ones are told apart, and say how large their jobs are', async () => {
  const { container } = open();
  const row = (await screen.findByText('bert')).closest('tr');
  expect(row).toHaveTextContent('Of the project');
  expect(row).toHaveTextContent('4 Workers, each 2 GPUs, 16 GiB');
  expect(screen.getByText('mpi').closest('tr')).toHaveTextContent('Built in');
  await screen.findByRole('button', { name: 'Delete bert' });
  expect(screen.queryByRole('button', { name: 'Delete mpi' })).toBeNull();
  expect(await flaws(container)).toEqual([]);
});

test('a job is created from one', async () => {
  open();
  expect(await screen.findByRole('link', { name: 'Create a job from mpi' })).toHaveAttribute('href', '/projects/team-a/create?template=mpi');
});

test('its YAML is shown as a file has it', async () => {
  open();
  await userEvent.click(await screen.findByRole('button', { name: 'YAML of bert' }));
  const dialog = await screen.findByRole('dialog', { name: 'Template bert' });
  expect(await within(dialog).findByText(/kind: TrainingTemplate/)).toHaveTextContent('gpusPerWorker: 2');
  expect(await flaws(dialog)).toEqual([]);
});

test('one is deleted after a question', async () => {
  by[`DELETE ${at}/bert`] = empty;
  open();
  await userEvent.click(await screen.findByRole('button', { name: 'Delete bert' }));
  const dialog = screen.getByRole('dialog', { name: /Delete the template bert\?/ });
  expect(dialog).toHaveTextContent('Jobs that were made of it stay');
  expect(await flaws(dialog)).toEqual([]);
  by[`GET ${at}`] = [mpi];
  await userEvent.click(within(dialog).getByRole('button', { name: 'Delete' }));
  await waitFor(() => expect(screen.queryByText('bert')).toBeNull());
  expect(screen.queryByRole('dialog')).toBeNull();
});

test('one that may not be deleted says why, and stays', async () => {
  by[`DELETE ${at}/bert`] = () => refusal(403, 'Forbidden', 'ann may not delete configmaps');
  open();
  await userEvent.click(await screen.findByRole('button', { name: 'Delete bert' }));
  await userEvent.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Delete' }));
  expect(await screen.findByText('ann may not delete configmaps')).toBeVisible();
});

test('a reader is offered no change', async () => {
  by['GET /api/v1/me'] = { user: 'eve', rights: { ...me.rights, create: false, createTemplates: false, deleteTemplates: false } };
  open();
  await screen.findByText('bert');
  await waitFor(() => expect(sent.map((s) => s.path)).toContain('/api/v1/me?namespace=team-a'));
  expect(screen.queryByRole('button', { name: /Save|Delete/ })).toBeNull();
  expect(screen.queryByRole('link')).toBeNull();
});

test('who may save one but delete none is offered just that, and told why before', async () => {
  by['GET /api/v1/me'] = { user: 'ann', rights: { ...me.rights, deleteTemplates: false } };
  const { container } = open();
  await screen.findByText('bert');
  expect(await screen.findByRole('button', { name: 'Save a job as template' })).toBeVisible();
  expect(screen.queryByRole('button', { name: /Delete/ })).toBeNull();
  const why = /You may save and replace templates, but not delete those of team-a: ask its administrator/;
  expect(screen.getByText(why)).toBeVisible();
  expect(await flaws(container)).toEqual([]);
  await userEvent.click(screen.getByRole('button', { name: 'Save a job as template' }));
  const dialog = await screen.findByRole('dialog');
  expect(within(dialog).getByText(why)).toBeVisible();
  expect(await flaws(dialog)).toEqual([]);
});

test('who may do all of it is told nothing of rights', async () => {
  open('?save=pi');
  await screen.findByRole('dialog');
  await waitFor(() => expect(sent.map((s) => s.path)).toContain('/api/v1/me?namespace=team-a'));
  expect(screen.queryByText(/You may save/)).toBeNull();
});

test('one whose saving got no answer may be saved, and is sent again by a click', async () => {
  by[`POST ${at}`] = gone;
  open('?save=pi');
  const dialog = await screen.findByRole('dialog');
  await userEvent.type(within(dialog).getByRole('textbox', { name: /Name of the template/ }), 'bert');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }));
  expect(await within(dialog).findByText(/The template may be saved/)).toBeVisible();
  expect(await flaws(dialog)).toEqual([]);
  by[`POST ${at}`] = () => refusal(409, 'AlreadyExists', 'template "bert" exists'); // it was
  by[`POST ${at}?replace=true`] = gone;
  await userEvent.click(within(dialog).getByRole('button', { name: 'Try again' }));
  await userEvent.click(await within(dialog).findByRole('button', { name: 'Replace it' }));
  expect(await within(dialog).findByText(/The template may be replaced/)).toBeVisible();
  by[`POST ${at}?replace=true`] = () => Response.json(own, { status: 201 });
  await userEvent.click(within(dialog).getByRole('button', { name: 'Try again' }));
  expect(await screen.findByText('The template bert is saved.')).toBeInTheDocument();
});

test('one whose deletion got no answer may be gone; what is gone is deleted', async () => {
  by[`DELETE ${at}/bert`] = gone;
  open();
  await userEvent.click(await screen.findByRole('button', { name: 'Delete bert' }));
  const dialog = screen.getByRole('dialog');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Delete' }));
  expect(await within(dialog).findByText(/The template may be deleted/)).toBeVisible();
  by[`DELETE ${at}/bert`] = () => refusal(404, 'NotFound', 'There is no template bert.');
  by[`GET ${at}`] = [mpi];
  await userEvent.click(within(dialog).getByRole('button', { name: 'Try again' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  await waitFor(() => expect(screen.queryByText('bert')).toBeNull());
});

test('a job is chosen and saved', async () => {
  by[`POST ${at}`] = () => Response.json({ ...own, name: 'new' }, { status: 201 });
  open();
  await userEvent.click(await screen.findByRole('button', { name: 'Save a job as template' }));
  const dialog = await screen.findByRole('dialog');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }));
  expect(within(dialog).getAllByText('A template needs this.')).toHaveLength(2);
  expect(await flaws(dialog)).toEqual([]);
  await userEvent.selectOptions(within(dialog).getByRole('combobox', { name: /Job/ }), await screen.findByRole('option', { name: 'pi' }));
  await userEvent.type(within(dialog).getByRole('textbox', { name: /Name of the template/ }), 'new');
  await userEvent.type(within(dialog).getByRole('textbox', { name: 'Description' }), 'What it is for');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('The template new is saved.')).toBeInTheDocument();
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(sent.find((s) => s.method === 'POST')).toMatchObject({ path: at, body: { name: 'new', from: 'pi', uid: 'uid-pi', description: 'What it is for' } });
});

test('of a job that is made anew while one chooses, the one that has the name now can be chosen', async () => {
  by[`POST ${at}`] = (body) => ((body as { uid?: string }).uid === 'u2' ? Response.json({ ...own, name: 'new' }, { status: 201 }) : refusal(409, 'Replaced', 'the MPIJob "pi" you saw is gone'));
  open();
  await userEvent.click(await screen.findByRole('button', { name: 'Save a job as template' }));
  const dialog = await screen.findByRole('dialog');
  const choose = async () => userEvent.selectOptions(within(dialog).getByRole('combobox', { name: /Job/ }), await within(dialog).findByRole('option', { name: 'pi' }));
  await choose();
  by['GET /api/v1/namespaces/team-a/trainingjobs'] = { items: [job({ name: 'pi', uid: 'u2' })], total: 1, position: '2' };
  await userEvent.type(within(dialog).getByRole('textbox', { name: /Name of the template/ }), 'new');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }));
  expect(await within(dialog).findByText('the MPIJob "pi" you saw is gone')).toBeVisible();
  await waitFor(() => expect(within(dialog).getByRole('combobox', { name: /Job/ })).toHaveDisplayValue(/Choose/));
  const times = sent.length;
  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }));
  expect(within(dialog).getByRole('combobox', { name: /Job/ })).toBeInvalid(); // none is chosen, and so none is saved
  expect(sent).toHaveLength(times);
  await choose();
  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('The template new is saved.')).toBeInTheDocument();
});

test('an address can name the job, and one of that name is replaced only when that is said', async () => {
  by[`POST ${at}`] = () => refusal(409, 'AlreadyExists', 'template "bert" exists');
  open('?save=pi');
  const dialog = await screen.findByRole('dialog');
  expect(within(dialog).getByRole('textbox', { name: 'Job' })).toHaveValue('pi');
  await userEvent.type(within(dialog).getByRole('textbox', { name: /Name of the template/ }), 'bert');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }));
  expect(await within(dialog).findByText(/Choose another one, or replace it/)).toBeVisible();
  expect(await flaws(dialog)).toEqual([]);
  by[`POST ${at}?replace=true`] = () => Response.json(own, { status: 201 });
  await userEvent.click(within(dialog).getByRole('button', { name: 'Replace it' }));
  expect(await screen.findByText('The template bert is saved.')).toBeInTheDocument();
  await waitFor(() => expect(where()).toBe('/projects/team-a/templates'));
});

test('of a job that was made anew since it was seen no template is made, and that is said', async () => {
  by[`POST ${at}`] = () => refusal(409, 'Replaced', 'the MPIJob "pi" you saw is gone');
  open('?save=pi&uid=uid-pi');
  const dialog = await screen.findByRole('dialog');
  await userEvent.type(within(dialog).getByRole('textbox', { name: /Name of the template/ }), 'bert');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }));
  expect(await within(dialog).findByText('the MPIJob "pi" you saw is gone')).toBeVisible();
  expect(sent.find((s) => s.method === 'POST')?.body).toEqual({ name: 'bert', from: 'pi', uid: 'uid-pi' });
  by[`POST ${at}`] = () => Response.json(own, { status: 201 });
  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(where()).toBe('/projects/team-a/templates'));
});

test('who may not update templates is offered no replacement, and told why', async () => {
  by['GET /api/v1/me'] = { user: 'ann', rights: { ...me.rights, updateTemplates: false } };
  by[`POST ${at}`] = () => refusal(409, 'AlreadyExists', 'template "bert" exists');
  open('?save=pi');
  const dialog = await screen.findByRole('dialog');
  await userEvent.type(within(dialog).getByRole('textbox', { name: /Name of the template/ }), 'bert');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }));
  expect(await within(dialog).findByText(/you may not replace those of team-a: choose another name/)).toBeVisible();
  expect(within(dialog).queryByRole('button', { name: 'Replace it' })).toBeNull();
  expect(await flaws(dialog)).toEqual([]);
  by[`POST ${at}`] = () => Response.json({ ...own, name: 'bert-2' }, { status: 201 });
  await userEvent.type(within(dialog).getByRole('textbox', { name: /Name of the template/ }), '-2');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('The template bert-2 is saved.')).toBeInTheDocument();
});

test('a name that none can have is said before it is sent', async () => {
  open('?save=pi');
  const dialog = await screen.findByRole('dialog');
  await userEvent.type(within(dialog).getByRole('textbox', { name: /Name of the template/ }), 'No Name');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }));
  expect(within(dialog).getByRole('textbox', { name: /Name of the template/ })).toBeInvalid();
  expect(sent.filter((s) => s.method === 'POST')).toEqual([]);
  await userEvent.click(within(dialog).getByRole('button', { name: 'Cancel' }));
  await waitFor(() => expect(where()).toBe('/projects/team-a/templates'));
});

test('while they load, it says so', () => {
  by[`GET ${at}`] = never;
  open();
  expect(screen.getByText('Loading')).toBeInTheDocument();
});

test('who may not see them is told so', async () => {
  by[`GET ${at}`] = () => refusal(403, 'Forbidden', 'ann may not list configmaps');
  const { container } = open();
  expect(await screen.findByRole('heading', { name: /You may not see this/ })).toBeVisible();
  expect(await flaws(container)).toEqual([]);
});
