import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useLocation } from 'react-router-dom';

import type { Job } from '~/api/types';
import { flaws } from '~/test/axe';
import { job as fixture, problem } from '~/test/fixtures';
import { show } from '~/test/render';
import { answers, gone, never, refusal, broken } from '~/test/service';
import { FakeStream } from '~/test/streams';

import { JobsPage } from './JobsPage';

const job = (of: Partial<Job> = {}) => fixture({ uid: `uid-of-${of.name ?? 'pi'}`, totalResources: { gpus: 8 }, ...of });
const list = (items: Job[], total = items.length) => ({ items, total, position: '100' });
const jobs = 'GET /api/v1/namespaces/team-a/trainingjobs';
const rights = { list: true, create: true, change: true, delete: true, logs: true, events: true };
const two = list([job({ workers: { ready: 7, total: 8 } }), job({ name: 'bert', phase: 'Failed', message: 'Worker 3 ran out of memory' })]);

type By = Parameters<typeof answers>[0];
let by: By;
let sent: ReturnType<typeof answers>;

beforeEach(() => {
  FakeStream.all = [];
  by = { 'GET /api/v1/me': { user: 'ann', rights }, [jobs]: two };
  sent = answers(by);
});

function Where() {
  const { pathname, search } = useLocation();
  return <output data-testid="where">{pathname + search}</output>;
}

function open(at = '/projects/team-a/jobs') {
  return show(
    <main>
      <JobsPage />
      <Where />
    </main>,
    at,
  );
}

const where = () => screen.getByTestId('where').textContent;
const lists = () => sent.filter((s) => s.path.split('?')[0] === '/api/v1/namespaces/team-a/trainingjobs').map((s) => new URLSearchParams(s.path.split('?')[1]));

/** The cells of a job's row, by their column. */
async function row(name: string): Promise<Record<string, string>> {
  const tr = (await screen.findByRole('link', { name })).closest('tr');
  const cells = [...(tr?.querySelectorAll<HTMLElement>('[data-label]') ?? [])];
  return Object.fromEntries(cells.map((c) => [c.dataset.label ?? '', c.textContent]));
}

/** The stream the page has opened. */
async function stream(): Promise<FakeStream> {
  await row('pi');
  await waitFor(() => expect(FakeStream.all).toHaveLength(1));
  return FakeStream.current;
}

test('a job is a row of what one asks first', async () => {
  const { container } = open();
  expect(await row('pi')).toMatchObject({ Name: 'pi', Type: 'MPIJob', Phase: 'Running', Workers: '7/8', GPUs: '8', Creator: 'ann', Queue: '–' });
  expect(screen.getByRole('link', { name: 'pi' })).toHaveAttribute('href', '/projects/team-a/jobs/pi');
  await screen.findByRole('link', { name: 'Create job' });
  expect(await flaws(container)).toEqual([]);
});

test('why it failed, and what it waits for, is read without a click', async () => {
  by[jobs] = list([job({ phase: 'Failed', message: 'Worker 3 ran out of memory' }), job({ name: 'done', phase: 'Succeeded', message: 'It ended well' })]);
  open();
  expect((await row('pi')).Phase).toBe('FailedWorker 3 ran out of memory');
  expect((await row('done')).Phase).toBe('Succeeded');
});

test('of a service account its namespace and name are enough', async () => {
  by[jobs] = list([job({ creator: 'system:serviceaccount:team-a:pipeline' })]);
  open();
  expect((await row('pi')).Creator).toBe('team-a/pipeline');
  expect(screen.getByTitle('system:serviceaccount:team-a:pipeline')).toBeVisible();
});

test('while it loads, the page has its shape', async () => {
  by[jobs] = never;
  const { container } = open();
  expect(screen.getByRole('grid', { name: 'Training jobs' })).toHaveAttribute('aria-busy', 'true');
  expect(screen.getByText('Loading')).toBeInTheDocument();
  await screen.findByText('Only mine');
  expect(await flaws(container)).toEqual([]);
});

test('a reader is offered no change', async () => {
  by['GET /api/v1/me'] = { user: 'eve', rights: { ...rights, create: false, change: false, delete: false } };
  open();
  await row('pi');
  await screen.findByText('Only mine');
  expect(screen.queryByRole('link', { name: 'Create job' })).toBeNull();
  expect(screen.queryByRole('button', { name: /actions of/i })).toBeNull();
  await userEvent.click(screen.getByRole('checkbox', { name: /select all/i }));
  await userEvent.click(screen.getByRole('button', { name: '2 jobs selected' }));
  expect(screen.getAllByRole('menuitem').map((m) => m.textContent)).toEqual(['Compare']);
});

test.each([
  ['no right', () => refusal(403, 'Forbidden', 'ann may not'), /You may not see this/],
  ['no service', gone, /The training service does not answer/],
  ['a mistake of the service', () => refusal(500, 'Internal', 'it broke'), /Internal/],
])('%s is said, and can be tried again', async (_name, answer, title) => {
  by[jobs] = answer;
  const { container } = open();
  expect(await screen.findByRole('heading', { name: title })).toBeVisible();
  expect(await flaws(container)).toEqual([]);
  by[jobs] = two;
  await userEvent.click(screen.getByRole('button', { name: /try again/i }));
  await row('pi');
});

test('a right that ends takes what was seen with it, and is said to have ended; where it comes back, so does the list', async () => {
  const { container } = open();
  const s = await stream();
  by[jobs] = () => refusal(403, 'Forbidden', 'ann may not list mpijobs');
  by['GET /api/v1/me'] = { user: 'ann', rights: { ...rights, list: false, create: false, change: false } };
  act(() => s.send('end', problem(403, 'Forbidden', 'ann may not watch mpijobs')));
  expect(await screen.findByRole('heading', { name: /You may no longer see this/ })).toBeVisible();
  expect(screen.getByText('ann may not list mpijobs')).toBeVisible();
  expect(screen.queryByRole('link', { name: 'pi' })).toBeNull();
  expect(screen.queryByRole('link', { name: 'Create job' })).toBeNull();
  expect(screen.queryByRole('grid')).toBeNull();
  expect(await flaws(container)).toEqual([]);
  by[jobs] = two;
  by['GET /api/v1/me'] = { user: 'ann', rights };
  await userEvent.click(screen.getByRole('button', { name: /try again/i }));
  await row('pi');
  act(() => FakeStream.current.open());
  expect(screen.queryByText(/no longer/)).toBeNull();
});

test('a right that comes back brings the list back, without a click', async () => {
  open();
  const s = await stream();
  by[jobs] = () => refusal(403, 'Forbidden', 'ann may not list mpijobs');
  act(() => s.send('end', problem(403, 'Forbidden', 'ann may not watch mpijobs')));
  expect(await screen.findByRole('heading', { name: /You may no longer see this/ })).toBeVisible();
  await waitFor(() => expect(FakeStream.all).toHaveLength(2));
  by[jobs] = two;
  act(() => FakeStream.current.open());
  await row('pi');
  expect(screen.queryByText(/no longer/)).toBeNull();
});

test('a service that is back brings the list, without a click', async () => {
  by[jobs] = gone;
  open();
  await screen.findByRole('heading', { name: /The training service does not answer/ });
  await waitFor(() => expect(FakeStream.all).toHaveLength(1));
  by[jobs] = two;
  act(() => {
    FakeStream.current.open();
    FakeStream.current.send('reset', {});
  });
  await row('pi');
  expect(FakeStream.all).toHaveLength(1);
});

test('the address says what is asked of the service', async () => {
  open('/projects/team-a/jobs?phase=Failed&phase=Running&type=MPIJob&creator=bob&search=x+y&sortBy=name&reverse=true&page=3&perPage=50');
  await row('pi');
  const query = lists()[0] ?? new URLSearchParams();
  expect(query.getAll('phase').sort()).toEqual(['Failed', 'Running']);
  expect(Object.fromEntries(query)).toMatchObject({ type: 'MPIJob', creator: 'bob', search: 'x y', sortBy: 'name', reverse: 'true', offset: '100', limit: '50' });
});

test('a column orders by the service, the other way the second time', async () => {
  open();
  await row('pi');
  await userEvent.click(screen.getByRole('button', { name: 'Name' }));
  expect(where()).toBe('/projects/team-a/jobs?sortBy=name');
  await userEvent.click(screen.getByRole('button', { name: 'Name' }));
  expect(where()).toBe('/projects/team-a/jobs?sortBy=name&reverse=true');
  await userEvent.click(screen.getByRole('button', { name: 'Duration' }));
  expect(where()).toBe('/projects/team-a/jobs?sortBy=duration');
});

test('a search is asked for when typing pauses, from the first page', async () => {
  open('/projects/team-a/jobs?page=2');
  await row('pi');
  await userEvent.type(screen.getByRole('textbox', { name: 'Find jobs' }), 'oom');
  await waitFor(() => expect(where()).toBe('/projects/team-a/jobs?search=oom'));
  await waitFor(() => expect(lists().at(-1)?.get('search')).toBe('oom'));
  expect(lists().map((q) => q.get('search'))).not.toContain('o');
});

test('pages are turned in the address', async () => {
  by[jobs] = list([job()], 45);
  open();
  await row('pi');
  await userEvent.click(screen.getByRole('button', { name: /next page/i }));
  expect(where()).toBe('/projects/team-a/jobs?page=2');
});

test('a change in the cluster is on the page without asking again', async () => {
  open();
  const s = await stream();
  expect(s.url).toContain('from=100');
  act(() => {
    s.open();
    s.send('job', job({ workers: { ready: 8, total: 8 } }), '101');
  });
  await waitFor(async () => expect(await row('pi')).toMatchObject({ Workers: '8/8' }));
  expect(lists()).toHaveLength(1);
});

test('a new job is there soon after it was created elsewhere', async () => {
  open();
  const s = await stream();
  by[jobs] = list([job({ name: 'new' }), job()]);
  act(() => s.send('job', job({ name: 'new' }), '101'));
  await row('new');
});

test('a lost connection is said until it is back', async () => {
  open();
  const s = await stream();
  act(() => s.fail());
  expect(await screen.findByText(/Connection lost/, undefined, { timeout: 10_000 })).toBeVisible();
  act(() => s.open());
  await waitFor(() => expect(screen.queryByText(/Connection lost/)).toBeNull());
});

test('a job is deleted from its row, with the keyboard alone', async () => {
  by['POST /api/v1/namespaces/team-a/bulk'] = { results: [{ name: 'bert', type: 'MPIJob', done: true }] };
  open();
  await row('pi');
  (await screen.findByRole('button', { name: 'Actions of bert' })).focus();
  await userEvent.keyboard('{Enter}');
  await waitFor(() => expect(screen.getByRole('menuitem', { name: 'Retry' })).toHaveFocus());
  expect(screen.getAllByRole('menuitem').map((m) => m.textContent)).toEqual(['Retry', 'Clone and modify', 'Save as template', 'Delete']);
  await userEvent.keyboard('{ArrowUp}{Enter}');
  const dialog = await screen.findByRole('dialog');
  expect(dialog).toHaveTextContent('Delete this job?');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Delete' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(sent.find((s) => s.method === 'POST')?.body).toEqual({ action: 'delete', jobs: [{ name: 'bert', type: 'MPIJob', uid: 'uid-of-bert' }] });
});

test('a job is run again from its row, and its copy is told with a link; without an answer that is said', async () => {
  const at = 'POST /api/v1/namespaces/team-a/trainingjobs/bert/retry?uid=uid-of-bert';
  by[at] = gone;
  open();
  await row('pi');
  const ask = async () => {
    await userEvent.click(await screen.findByRole('button', { name: 'Actions of bert' }));
    await userEvent.click(await screen.findByRole('menuitem', { name: 'Retry' }));
  };
  await ask();
  expect(await screen.findByText(/The job may run again already/)).toBeVisible();
  by[at] = { job: job({ name: 'bert-2' }), from: 'bert', copy: true };
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  const link = await screen.findByRole('link', { name: 'bert-2' });
  expect(link).toHaveAttribute('href', '/projects/team-a/jobs/bert-2');
  expect(link.closest('[aria-live="polite"]')).toHaveTextContent(/runs again/);
  expect(where()).toBe('/projects/team-a/jobs');
  expect(new Set(sent.flatMap((s) => s.key ?? [])).size).toBe(1);
});

test.each([
  ['succeeded', { phase: 'Succeeded' }, ['Clone and modify', 'Retry', 'Save as template', 'Delete']],
  ['would fail as it did', { phase: 'Failed', needsChange: true, mend: 'command' }, ['Clone and modify', 'Save as template', 'Delete']],
] as const)('of a job that %s a copy with something changed comes first', async (_name, of, items) => {
  by[jobs] = list([job({ name: 'bert', ...of })]);
  by['GET /api/v1/namespaces/team-a/trainingjobs/bert/manifest'] = never;
  open();
  await userEvent.click(await screen.findByRole('button', { name: 'Actions of bert' }));
  await screen.findByRole('menuitem', { name: 'Clone and modify' });
  expect(screen.getAllByRole('menuitem').map((m) => m.textContent)).toEqual(items);
  await userEvent.click(screen.getByRole('menuitem', { name: 'Clone and modify' }));
  const dialog = await screen.findByRole('dialog', { name: /Clone bert/ });
  if ('mend' in of) await waitFor(() => expect(within(dialog).getByLabelText(/^Command/)).toHaveFocus());
});

test('a job is copied from its row, in the dialog of its page', async () => {
  by['POST /api/v1/namespaces/team-a/trainingjobs/bert/clone?uid=uid-of-bert'] = () => Response.json({ job: job({ name: 'bert-2' }), from: 'bert', differences: [] }, { status: 201 });
  by['GET /api/v1/namespaces/team-a/trainingjobs/bert/manifest'] = never;
  open();
  await row('pi');
  await userEvent.click(await screen.findByRole('button', { name: 'Actions of bert' }));
  await userEvent.click(await screen.findByRole('menuitem', { name: 'Clone and modify' }));
  const dialog = await screen.findByRole('dialog', { name: /Clone bert/ });
  await userEvent.clear(within(dialog).getByLabelText(/^Workers/));
  await userEvent.type(within(dialog).getByLabelText(/^Workers/), '2');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Create the copy' }));
  await waitFor(() => expect(screen.getByTestId('where')).toHaveTextContent('/projects/team-a/jobs/bert-2'));
  expect(sent.find((s) => s.method === 'POST')?.body).toEqual({ changes: { workers: 2 } });
});

test('who may only look has no menu in the rows', async () => {
  by['GET /api/v1/me'] = { user: 'eve', rights: { list: true } };
  open();
  await row('pi');
  expect(screen.queryByRole('button', { name: /^Actions of/ })).toBeNull();
});

test('chosen jobs are suspended together', async () => {
  by[jobs] = list([job(), job({ name: 'bert' })]);
  by['POST /api/v1/namespaces/team-a/bulk'] = { results: [{ name: 'pi', type: 'MPIJob', done: true }, { name: 'bert', type: 'MPIJob', done: true }] };
  open();
  await row('pi');
  await userEvent.click(await screen.findByRole('checkbox', { name: /select all/i }));
  await userEvent.click(screen.getByRole('button', { name: '2 jobs selected' }));
  await userEvent.click(screen.getByRole('menuitem', { name: 'Suspend' }));
  await userEvent.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Suspend' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(sent.find((s) => s.method === 'POST')?.body).toEqual({ action: 'suspend', jobs: [{ name: 'pi', type: 'MPIJob', uid: 'uid-of-pi' }, { name: 'bert', type: 'MPIJob', uid: 'uid-of-bert' }] });
});

test('chosen jobs are compared, from two of one project on', async () => {
  open();
  await row('pi');
  await userEvent.click(screen.getByRole('checkbox', { name: 'Select pi' }));
  await userEvent.click(screen.getByRole('button', { name: '1 job selected' }));
  expect(screen.getByRole('menuitem', { name: /Compare/ })).toHaveAttribute('aria-disabled', 'true');
  await userEvent.click(screen.getByRole('checkbox', { name: 'Select bert' }));
  await userEvent.click(await screen.findByRole('button', { name: '2 jobs selected' }));
  await userEvent.click(await screen.findByRole('menuitem', { name: 'Compare' }));
  expect(where()).toBe('/projects/team-a/compare?job=pi&job=bert');
});

test('a job is saved as a template from its row', async () => {
  open();
  await row('pi');
  (await screen.findByRole('button', { name: 'Actions of pi' })).focus();
  await userEvent.keyboard('{Enter}');
  await userEvent.click(await screen.findByRole('menuitem', { name: 'Save as template' }));
  expect(where()).toBe('/projects/team-a/templates?save=pi&uid=uid-of-pi');
});

test('of all projects each job says its own', async () => {
  by['GET /api/v1/trainingjobs'] = list([job(), job({ name: 'other', namespace: 'team-b' })]);
  by['GET /api/v1/me'] = { user: 'root' };
  open('/all/jobs');
  expect(await row('other')).toMatchObject({ Project: 'team-b' });
});

test('names are text, whatever they hold', async () => {
  by[jobs] = list([job({ creator: '<b id="evil">x</b>' }), job({ name: 'turned', creator: '\u202Egnp.exe' }), job({ name: 'hebrew', creator: 'מִרְיָם 🎉' })]);
  open();
  expect((await row('pi')).Creator).toBe('<b id="evil">x</b>');
  expect(document.getElementById('evil')).toBeNull();
  expect((await row('turned')).Creator).toBe('gnp.exe');
  expect((await row('hebrew')).Creator).toBe('מִרְיָם 🎉');
  expect(screen.getByText('מִרְיָם 🎉').tagName).toBe('BDI'); // what stands beside it keeps its order
});

test('what a newer service says of a job is shown as it says it', async () => {
  by[jobs] = list([job({ phase: 'Hibernating' as never }), job({ name: 'other' })]);
  open();
  expect((await row('pi')).Phase).toContain('Hibernating');
  expect((await row('other')).Phase).toContain('Running');
  expect(broken.splice(0).join()).toContain('/items/0/phase'); // not this contract's
});

test('what an older service does not say of a job is left out', async () => {
  const unsaid = { slotsPerWorker: undefined, creator: undefined, started: undefined, launcher: undefined };
  by[jobs] = list([{ ...job(), ...unsaid } as never]); // JSON has none of them
  open();
  expect(await row('pi')).toMatchObject({ Creator: '–', Phase: 'Running' });
  expect(broken.splice(0).join()).toContain('slotsPerWorker');
});
