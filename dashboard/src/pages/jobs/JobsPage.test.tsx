import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes, useLocation } from 'react-router-dom';

import { job } from '~/test/fixtures';
import { show } from '~/test/render';
import { answers, refusal } from '~/test/service';

import { JobsPage } from './JobsPage';

function Address() {
  return <output>{useLocation().search}</output>;
}

const page = (
  <Routes>
    <Route
      path="/projects/:namespace/jobs"
      element={
        <>
          <JobsPage />
          <Address />
        </>
      }
    />
  </Routes>
);

const list = '/api/v1/namespaces/team-a/trainingjobs';
const me = { 'GET /api/v1/me': { user: 'ann', rights: { list: true, create: true, change: true, delete: true } } };
const two = { items: [job(), job({ name: 'bert', uid: 'uid-bert', phase: 'Failed', message: 'Worker 0 exited with code 3', workers: { ready: 0, total: 4, failed: 1 } })], total: 2, position: '1' };

test('each job is a row with its phase, its Workers and who made it', async () => {
  answers({ ...me, [`GET ${list}`]: two });
  show(page);
  const row = (await screen.findByRole('link', { name: 'bert' })).closest('tr');
  if (!row) throw new Error('the link is in no row');
  expect(row).toHaveTextContent('Failed');
  expect(within(row).getByText('4, 1 failed')).toBeInTheDocument();
  expect(row).toHaveTextContent('ann');
});

test('of many jobs the first are drawn at once, and the others too', async () => {
  const items = Array.from({ length: 45 }, (_, i) => job({ name: `job-${i}`, uid: `uid-${i}` }));
  answers({ ...me, [`GET ${list}`]: { items, total: 45, position: '1' } });
  show(page);
  expect(await screen.findByRole('link', { name: 'job-19' })).toBeVisible();
  expect(await screen.findByRole('link', { name: 'job-44' })).toBeVisible();
  expect(screen.getAllByRole('link', { name: /^job-/ })).toHaveLength(45);
});

test('without a job it says what one is, and where it is made', async () => {
  answers({ ...me, [`GET ${list}`]: { items: [], total: 0, position: '1' } });
  show(page);
  expect(await screen.findByRole('heading', { name: 'No training jobs yet' })).toBeInTheDocument();
  expect(await screen.findAllByRole('link', { name: 'Create job' })).not.toHaveLength(0);
});

test('filters that leave nothing can be cleared', async () => {
  answers({ ...me, [`GET ${list}`]: { items: [], total: 0, position: '1' } });
  show(page, '/projects/team-a/jobs?phase=Failed');
  await userEvent.click((await screen.findAllByRole('button', { name: 'Clear all filters' }))[0] ?? document.body);
  await waitFor(() => expect(screen.getByRole('status')).toHaveTextContent(''));
});

test('who may not see jobs is told so, and sees none', async () => {
  answers({ ...me, [`GET ${list}`]: () => refusal(403, 'Forbidden', 'ann may not list mpijobs in namespace team-a') });
  show(page);
  expect(await screen.findByRole('heading', { name: /You may not see this/ })).toBeInTheDocument();
  expect(screen.queryByRole('table')).toBeNull();
});

test('a search is asked of the service and kept in the address', async () => {
  const sent = answers({ ...me, [`GET ${list}`]: two });
  show(page);
  await userEvent.type(await screen.findByRole('textbox', { name: 'Find jobs' }), 'bert');
  await waitFor(() => expect(sent.some((s) => s.path.includes('search=bert'))).toBe(true));
  expect(screen.getByRole('status')).toHaveTextContent('?search=bert');
});

test('deleting several says what goes, and what could not be deleted', async () => {
  const sent = answers({
    ...me,
    [`GET ${list}`]: two,
    'POST /api/v1/namespaces/team-a/bulk': {
      results: [
        { name: 'pi', type: 'MPIJob', done: true },
        { name: 'bert', type: 'MPIJob', done: false, problem: { type: '', title: '', status: 403, code: 'Forbidden', detail: 'it is not yours' } },
      ],
    },
  });
  show(page);
  await screen.findByRole('link', { name: 'pi' });
  await userEvent.click(screen.getAllByRole('checkbox', { name: /select/i })[0] ?? document.body);
  await userEvent.click(screen.getByRole('button', { name: '2 jobs selected' }));
  await userEvent.click(screen.getByRole('menuitem', { name: 'Delete' }));
  const dialog = await screen.findByRole('dialog');
  expect(dialog).toHaveTextContent('Delete 2 jobs?');
  expect(dialog).toHaveTextContent('1 of them is running');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Delete' }));
  expect(await within(dialog).findByText(/it is not yours/)).toBeInTheDocument();
  expect(sent.find((s) => s.method === 'POST')?.body).toEqual({ action: 'delete', jobs: [{ name: 'pi', type: 'MPIJob', uid: 'uid-pi' }, { name: 'bert', type: 'MPIJob', uid: 'uid-bert' }] });
});
