import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import type { BulkAction } from '~/api/jobs';
import { flaws } from '~/test/axe';
import { job as fixture } from '~/test/fixtures';
import { show } from '~/test/render';
import { answers, refusal } from '~/test/service';
import type { Job } from '~/api/types';

import { BulkDialog } from './BulkDialog';

const job = (of: Partial<Job>) => fixture({ uid: `uid-of-${of.name}`, ...of });
const bulk = 'POST /api/v1/namespaces/team-a/bulk';
const mpi = (name: string) => ({ name, type: 'MPIJob' });
const done = (...names: string[]) => ({ results: names.map((name) => ({ name, type: 'MPIJob', done: true })) });

function ask(action: BulkAction, jobs = [job({ name: 'a' }), job({ name: 'b', phase: 'Suspended' })]) {
  const told = { onClose: vi.fn(), onDone: vi.fn() };
  show(<BulkDialog action={action} jobs={jobs} {...told} />);
  return told;
}

test.each([
  ['suspend', 'Suspend 2 jobs?', /what they have not saved is lost/],
  ['delete', 'Delete 2 jobs?', /logs and the report of a failure go with the job/],
  ['resume', 'Resume 2 jobs?', /as soon as there is room/],
] as const)('%s says what will happen, to which jobs', async (action, title, text) => {
  const sent = answers({});
  ask(action);
  const dialog = screen.getByRole('dialog', { name: new RegExp(title.replace('?', '\\?')) });
  expect(dialog).toHaveTextContent(text);
  expect(dialog).toHaveTextContent('a');
  if (action !== 'resume') expect(dialog).toHaveTextContent('1 of them is running');
  expect(await flaws(dialog)).toEqual([]);
  expect(sent).toEqual([]);
});

test('many jobs are not all spelt out', () => {
  ask('delete', Array.from({ length: 25 }, (_, i) => job({ name: `run-${i}` })));
  expect(screen.getByText('run-9')).toBeVisible();
  expect(screen.queryByText('run-10')).toBeNull();
  expect(screen.getByText('and 15 more')).toBeVisible();
});

test('each namespace is asked once, and the dialog closes when all went well', async () => {
  const sent = answers({ [bulk]: done('a', 'b'), 'POST /api/v1/namespaces/team-b/bulk': done('c') });
  const told = ask('suspend', [job({ name: 'a' }), job({ name: 'b' }), job({ name: 'c', namespace: 'team-b' })]);
  await userEvent.click(screen.getByRole('button', { name: 'Suspend' }));
  await waitFor(() => expect(told.onClose).toHaveBeenCalledOnce());
  expect(told.onDone).toHaveBeenCalledOnce();
  expect(sent.map((r) => [r.path, r.body])).toEqual([
    ['/api/v1/namespaces/team-a/bulk', { action: 'suspend', jobs: [mpi('a'), mpi('b')] }],
    ['/api/v1/namespaces/team-b/bulk', { action: 'suspend', jobs: [mpi('c')] }],
  ]);
});

test('jobs of one name and different types are told apart', async () => {
  const sent = answers({ [bulk]: { results: [{ name: 'a', type: 'MPIJob', done: true }, { name: 'a', type: 'TrainJob', done: true }] } });
  const told = ask('delete', [job({ name: 'a' }), job({ name: 'a', uid: 'other', type: 'TrainJob' })]);
  await userEvent.click(screen.getByRole('button', { name: 'Delete' }));
  await waitFor(() => expect(told.onClose).toHaveBeenCalledOnce());
  expect(sent.map((r) => r.body)).toEqual([{ action: 'delete', jobs: [mpi('a'), { name: 'a', type: 'TrainJob' }] }]);
});

test('what could not be done is said job by job, and stays until it is read', async () => {
  answers({
    [bulk]: { results: [
      { name: 'a', type: 'MPIJob', done: true },
      { name: 'b', type: 'MPIJob', done: false, problem: { type: '', title: 'Forbidden', status: 403, code: 'Forbidden', detail: 'ann may not delete jobs here' } },
    ] },
  });
  const told = ask('delete');
  await userEvent.click(screen.getByRole('button', { name: 'Delete' }));
  expect(await screen.findByText(/ann may not delete jobs here/)).toBeVisible();
  expect(told.onClose).not.toHaveBeenCalled();
  expect(screen.queryByRole('button', { name: 'Delete' })).toBeNull();
});

test('a request that fails leaves the dialog open to try again', async () => {
  answers({ [bulk]: () => refusal(429, 'TooManyRequests', 'too many at once') });
  const told = ask('resume');
  await userEvent.click(screen.getByRole('button', { name: 'Resume' }));
  expect(await screen.findByText('too many at once')).toBeVisible();
  expect(screen.getByRole('button', { name: 'Resume' })).toBeEnabled();
  expect(told.onDone).not.toHaveBeenCalled();
});
