import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import type { BulkAction } from '~/api/jobs';
import { flaws } from '~/test/axe';
import { job as fixture } from '~/test/fixtures';
import { show } from '~/test/render';
import { answers, gone, refusal } from '~/test/service';
import type { Job } from '~/api/types';

import { BulkDialog } from './BulkDialog';

const job = (of: Partial<Job>) => fixture({ uid: `uid-of-${of.name}`, ...of });
const bulk = 'POST /api/v1/namespaces/team-a/bulk';
const mpi = (name: string) => ({ name, type: 'MPIJob', uid: `uid-of-${name}` });
const me = (namespace: string, may = true) => ({ [`GET /api/v1/me?namespace=${namespace}`]: { user: 'ann', rights: { change: may, delete: may } } });
const changes = (sent: ReturnType<typeof answers>) => sent.filter((r) => r.method === 'POST');
const done = (...names: string[]) => ({ results: names.map((name) => ({ name, type: 'MPIJob', done: true })) });

function ask(action: BulkAction, jobs = [job({ name: 'a' }), job({ name: 'b', phase: 'Suspended' })]) {
  const told = { onClose: vi.fn(), onDone: vi.fn() };
  show(<BulkDialog action={action} jobs={jobs} {...told} />);
  return told;
}

/** It can be agreed to once it is known what one may. */
async function agree(to: string) {
  await waitFor(() => expect(screen.getByRole('button', { name: to })).toBeEnabled());
  await userEvent.click(screen.getByRole('button', { name: to }));
}

test.each([
  ['suspend', 'Suspend 2 jobs?', /what they have not saved is lost/],
  ['delete', 'Delete 2 jobs?', /logs and the report of a failure go with the job/],
  ['resume', 'Resume 2 jobs?', /as soon as there is room/],
] as const)('%s says what will happen, to which jobs', async (action, title, text) => {
  const sent = answers(me('team-a'));
  ask(action, action === 'resume' ? [job({ name: 'a', phase: 'Suspended' }), job({ name: 'b', phase: 'Suspended' })] : [job({ name: 'a' }), job({ name: 'b', phase: 'Pending' })]);
  const dialog = screen.getByRole('dialog', { name: new RegExp(title.replace('?', '\\?')) });
  expect(dialog).toHaveTextContent(text);
  expect(dialog).toHaveTextContent('a');
  if (action !== 'resume') expect(dialog).toHaveTextContent('1 of them is running');
  expect(await flaws(dialog)).toEqual([]);
  expect(changes(sent)).toEqual([]);
  expect(dialog).not.toHaveTextContent('left out');
});

test('many jobs are not all spelt out', () => {
  answers(me('team-a'));
  ask('delete', Array.from({ length: 25 }, (_, i) => job({ name: `run-${i}` })));
  expect(screen.getByText('run-9')).toBeVisible();
  expect(screen.queryByText('run-10')).toBeNull();
  expect(screen.getByText('and 15 more')).toBeVisible();
});

test('each namespace is asked once, and the dialog closes when all went well', async () => {
  const sent = answers({ ...me('team-a'), ...me('team-b'), [bulk]: done('a', 'b'), 'POST /api/v1/namespaces/team-b/bulk': done('c') });
  const told = ask('suspend', [job({ name: 'a' }), job({ name: 'b' }), job({ name: 'c', namespace: 'team-b' })]);
  await agree('Suspend');
  await waitFor(() => expect(told.onClose).toHaveBeenCalledOnce());
  expect(told.onDone).toHaveBeenCalledOnce();
  expect(changes(sent).map((r) => [r.path, r.body])).toEqual([
    ['/api/v1/namespaces/team-a/bulk', { action: 'suspend', jobs: [mpi('a'), mpi('b')] }],
    ['/api/v1/namespaces/team-b/bulk', { action: 'suspend', jobs: [mpi('c')] }],
  ]);
});

test('jobs of one name and different types are told apart', async () => {
  const sent = answers({ ...me('team-a'), [bulk]: { results: [{ name: 'a', type: 'MPIJob', done: true }, { name: 'a', type: 'TrainJob', done: true }] } });
  const told = ask('delete', [job({ name: 'a' }), job({ name: 'a', uid: 'other', type: 'TrainJob' })]);
  await agree('Delete');
  await waitFor(() => expect(told.onClose).toHaveBeenCalledOnce());
  expect(changes(sent).map((r) => r.body)).toEqual([{ action: 'delete', jobs: [mpi('a'), { name: 'a', type: 'TrainJob', uid: 'other' }] }]);
});

test('what could not be done is said job by job, and stays until it is read', async () => {
  answers({
    ...me('team-a'),
    [bulk]: { results: [
      { name: 'a', type: 'MPIJob', done: true },
      { name: 'b', type: 'MPIJob', done: false, problem: { type: '', title: 'Forbidden', status: 403, code: 'Forbidden', detail: 'ann may not delete jobs here' } },
    ] },
  });
  const told = ask('delete');
  await agree('Delete');
  expect(await screen.findByText(/ann may not delete jobs here/)).toBeVisible();
  expect(told.onClose).not.toHaveBeenCalled();
  expect(screen.queryByRole('button', { name: 'Delete' })).toBeNull();
});

test('what became of the job one saw and of the one that has its name now is told apart', async () => {
  const complaints = vi.spyOn(console, 'error');
  const outcome = (uid: string, detail: string) => ({ name: 'a', type: 'MPIJob', uid, done: false, problem: { type: '', title: '', status: 409, code: 'Replaced', detail } });
  answers({ ...me('team-a'), [bulk]: { results: [outcome('uid-of-a', 'the MPIJob "a" you saw is gone'), outcome('u2', 'another reason')] } });
  ask('delete', [job({ name: 'a' }), job({ name: 'a', uid: 'u2' })]);
  await agree('Delete');
  expect(await screen.findByText(/the MPIJob "a" you saw is gone/)).toBeVisible();
  expect(screen.getByText(/another reason/)).toBeVisible();
  expect(complaints).not.toHaveBeenCalled(); // of two list items with one key
});

test('a request that fails leaves the dialog open to try again', async () => {
  answers({ ...me('team-a'), [bulk]: () => refusal(429, 'TooManyRequests', 'too many at once') });
  const told = ask('resume', [job({ name: 'a', phase: 'Suspended' })]);
  await agree('Resume');
  expect(await screen.findByText('too many at once')).toBeVisible();
  expect(screen.getByRole('button', { name: 'Resume' })).toBeEnabled();
  expect(told.onDone).not.toHaveBeenCalled();
});

test.each([
  ['suspend', 'Suspend', /What is suspended stays so/],
  ['resume', 'Resume', /What is resumed goes on/],
  ['delete', 'Delete', /A job that somebody has made anew under one of the names stays/],
] as const)('%s without an answer may be done, and is tried again', async (action, name, text) => {
  const by: Parameters<typeof answers>[0] = { ...me('team-a'), [bulk]: gone };
  const sent = answers(by);
  const told = ask(action, [job({ name: 'a', phase: action === 'resume' ? 'Suspended' : 'Running' })]);
  await agree(name);
  expect(await screen.findByText(text)).toBeVisible();
  expect(told.onDone).not.toHaveBeenCalled();
  // It was done; of what is gone the service then knows nothing.
  by[bulk] =
    action === 'delete'
      ? { results: [{ name: 'a', type: 'MPIJob', done: false, problem: { type: '', title: 'Not found', status: 404, code: 'NotFound', detail: 'MPIJob "a" not found' } }] }
      : done('a');
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await waitFor(() => expect(told.onClose).toHaveBeenCalledOnce());
  expect(changes(sent).map((r) => r.body)).toEqual([1, 2].map(() => ({ action, jobs: [mpi('a')] })));
});

test('what can’t be done is left out, and why is said first', async () => {
  const sent = answers({ ...me('team-a'), ...me('team-b', false), [bulk]: done('a', 'b', 'c') });
  const told = ask('suspend', [
    job({ name: 'a' }),
    job({ name: 'over-1', phase: 'Succeeded' }),
    job({ name: 'b', phase: 'Pending' }),
    job({ name: 'over-2', phase: 'Failed' }),
    job({ name: 'c' }),
    job({ name: 'old', type: 'PyTorchJob' }),
    job({ name: 'theirs', namespace: 'team-b' }),
  ]);
  const dialog = await screen.findByRole('dialog', { name: 'Suspend 3 of 7 jobs?' });
  for (const text of ['4 jobs are left out', 'Finished: over-1, over-2', 'Of a type that is only shown here: old', 'You have no right to it: theirs', '2 of them are running']) expect(dialog).toHaveTextContent(text);
  expect(await flaws(dialog)).toEqual([]);
  await agree('Suspend');
  await waitFor(() => expect(told.onClose).toHaveBeenCalledOnce());
  expect(changes(sent).map((r) => r.body)).toEqual([{ action: 'suspend', jobs: [mpi('a'), mpi('b'), mpi('c')] }]);
});

test('where nothing can be done there is nothing to agree to', async () => {
  answers(me('team-a'));
  ask('resume', [job({ name: 'a' }), job({ name: 'over', phase: 'Failed' })]);
  const dialog = screen.getByRole('dialog', { name: 'None of these jobs can be resumed' });
  expect(dialog).toHaveTextContent('Not suspended: a');
  expect(screen.queryByRole('button', { name: 'Resume' })).toBeNull();
  expect(screen.getAllByRole('button', { name: 'Close' }).length).toBeGreaterThan(0);
  expect(await flaws(dialog)).toEqual([]);
});

test('that it can’t be known what one may stops nobody', async () => {
  const sent = answers({ 'GET /api/v1/me?namespace=team-a': () => refusal(403, 'Forbidden', 'no'), [bulk]: done('a') });
  const told = ask('suspend', [job({ name: 'a' })]);
  await agree('Suspend');
  await waitFor(() => expect(told.onClose).toHaveBeenCalledOnce());
  expect(changes(sent)).toHaveLength(1);
});
