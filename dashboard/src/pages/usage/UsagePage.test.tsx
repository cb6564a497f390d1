import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import type { NamespaceUsage } from '~/api/types';
import { flaws } from '~/test/axe';
import { show } from '~/test/render';
import { answers, gone, never, refusal } from '~/test/service';

import UsagePage from './UsagePage';

const usage = (of: Partial<NamespaceUsage> = {}): NamespaceUsage => ({
  namespace: 'team-a',
  time: '2026-01-02T10:00:00Z',
  quotas: [
    { quota: 'team', resource: 'requests.cpu', used: '63', limit: '64', percent: 98.4 },
    { quota: 'team', resource: 'requests.nvidia.com/gpu', used: '6', limit: '8', percent: 75 },
    { quota: 'jobs', resource: 'count/mpijobs.kubeflow.org', used: '5', limit: '5', percent: 100 },
  ],
  unfinished: 4,
  phases: { Running: 3, Pending: 1, Failed: 2 },
  jobs: 3,
  workers: 12,
  resources: { gpus: 6, cpu: '48', memory: '96Gi' },
  creators: [
    { creator: 'ann', jobs: 2, waiting: 1, workers: 8, resources: { gpus: 6, cpu: '40', memory: '64Gi' } },
    { creator: 'system:serviceaccount:team-a:pipeline', jobs: 1, waiting: 0, workers: 4 },
    { creator: '', jobs: 0, waiting: 1, workers: 0 },
  ],
  waiting: [{ name: 'bert', type: 'MPIJob', phase: 'Pending', creator: 'ann', created: '2026-01-02T09:00:00Z', message: 'Waiting for 4 of 8 nvidia.com/gpu', resources: { gpus: 8 } }],
  waitingJobs: 1,
  ...of,
});

const here = 'GET /api/v1/namespaces/team-a/usage';
const everywhere = 'GET /api/v1/usage';
const open = (at = '/projects/team-a/usage') =>
  show(
    <main>
      <UsagePage />
    </main>,
    at,
  );

test('each quota is a bar with its numbers, GPUs first', async () => {
  answers({ [here]: usage() });
  const { container } = open();
  await screen.findByRole('heading', { name: 'Quota' });
  const bars = screen.getAllByRole('progressbar');
  expect(bars.map((b) => b.getAttribute('aria-valuetext'))).toEqual(['6 of 8 in use, 75 %', '63 of 64 in use, 98 %: nearly used up', '5 of 5 in use, 100 %: used up']);
  expect(screen.getByRole('progressbar', { name: 'GPUs (nvidia.com/gpu)' })).toHaveAttribute('aria-valuenow', '75');
  expect(screen.getByText('6 of 8')).toBeVisible();
  expect(screen.getByText('5 of 5, used up')).toBeVisible();
  expect(await flaws(container)).toEqual([]);
});

test('who uses what, and what waits and why', async () => {
  answers({ [here]: usage() });
  open();
  const creators = within(await screen.findByRole('grid', { name: 'Who uses it' })).getAllByRole('row').map((r) => r.textContent);
  expect(creators.slice(1)).toEqual(['ann64064 GiB821', 'team-a/pipeline000 B410', 'Not known000 B001']);
  const waiting = screen.getByRole('grid', { name: 'What waits, and why' });
  expect(within(waiting).getByRole('link', { name: 'bert' })).toHaveAttribute('href', '/projects/team-a/jobs/bert');
  expect(waiting).toHaveTextContent('Waiting for 4 of 8 nvidia.com/gpu');
  expect(waiting).toHaveTextContent('8 GPUs');
});

test('the moment it was read is said, and it can be read again', async () => {
  const by = { [here]: usage() };
  answers(by);
  open();
  expect((await screen.findByText(/As of/)).querySelector('time')).toHaveAttribute('datetime', '2026-01-02T10:00:00Z');
  by[here] = usage({ time: '2026-01-02T10:00:30Z', workers: 13 });
  await userEvent.click(screen.getByRole('button', { name: 'Read it again' }));
  await waitFor(() => expect(screen.getByText('13')).toBeVisible());
  expect(screen.getByText(/As of/).querySelector('time')).toHaveAttribute('datetime', '2026-01-02T10:00:30Z');
});

test('what can no longer be read stays, and is said to be old', async () => {
  const by: Parameters<typeof answers>[0] = { [here]: usage() };
  answers(by);
  const { container } = open();
  await screen.findByText('6 of 8');
  by[here] = gone;
  await userEvent.click(screen.getByRole('button', { name: 'Read it again' }));
  expect(await screen.findByText(/this is what it was before/)).toBeVisible();
  expect(screen.getByText('6 of 8')).toBeVisible();
  expect(await flaws(container)).toEqual([]);
});

test('of very many that wait the oldest are named, and how many there are', async () => {
  answers({ [here]: usage({ waitingJobs: 240 }) });
  open();
  expect(await screen.findByText('The 1 oldest of 240 that wait.')).toBeVisible();
});

test('without jobs and quotas it says so', async () => {
  answers({ [here]: usage({ quotas: [], unfinished: 0, jobs: 0, workers: 0, creators: [], waiting: [], waitingJobs: 0 }) });
  const { container } = open();
  expect(await screen.findByRole('heading', { name: 'Nothing is in use' })).toBeVisible();
  expect(await flaws(container)).toEqual([]);
});

test('a quota that allows nothing and one that is more than used up are still bars', async () => {
  answers({ [here]: usage({ quotas: [{ quota: 'q', resource: 'requests.nvidia.com/gpu', used: '0', limit: '0', percent: 100 }, { quota: 'q', resource: 'pods', used: '30', limit: '20', percent: 150 }] }) });
  const { container } = open();
  expect(await screen.findByText('0 of 0')).toBeVisible();
  expect(screen.getByRole('progressbar', { name: 'Pods' })).toHaveAttribute('aria-valuenow', '100');
  expect(screen.getByText('30 of 20, used up')).toBeVisible();
  expect(await flaws(container)).toEqual([]);
});

test('while it loads, it says so', async () => {
  answers({ [here]: never });
  const { container } = open();
  expect(screen.getByText('Loading')).toBeInTheDocument();
  expect(await flaws(container)).toEqual([]);
});

test('who may not see a project is told so', async () => {
  answers({ [here]: () => refusal(403, 'Forbidden', 'ann may not list mpijobs in namespace team-a') });
  const { container } = open();
  expect(await screen.findByRole('heading', { name: /You may not see this/ })).toBeVisible();
  expect(screen.queryByRole('progressbar')).toBeNull();
  expect(await flaws(container)).toEqual([]);
});

test('of all projects each is a row, who takes most GPUs first, with what could not be read', async () => {
  answers({ [everywhere]: { items: [usage({ namespace: 'idle', resources: {}, workers: 0, jobs: 0, quotas: [] }), usage()], notes: ['quotas can’t be read: eve may not list resourcequotas'] } });
  const { container } = open('/all/usage');
  const table = await screen.findByRole('grid', { name: 'Projects' });
  expect(within(table).getAllByRole('link').map((l) => [l.textContent, l.getAttribute('href')])).toEqual([['team-a', '/projects/team-a/usage'], ['idle', '/projects/idle/usage']]);
  expect(within(table).getAllByRole('progressbar').map((b) => b.getAttribute('aria-label'))).toEqual(['GPUs (nvidia.com/gpu)', 'MPIJobs']);
  expect(screen.getByText(/eve may not list resourcequotas/)).toBeVisible();
  expect(await flaws(container)).toEqual([]);
});

test('who may not see all is led to their own', async () => {
  answers({ [everywhere]: () => refusal(403, 'Forbidden', 'ann may not list mpijobs in all namespaces'), 'GET /api/v1/namespaces': { items: ['team-a', 'team-b'], all: false, complete: true } });
  const { container } = open('/all/usage');
  expect(await screen.findByRole('link', { name: 'team-b' })).toHaveAttribute('href', '/projects/team-b/usage');
  expect(await flaws(container)).toEqual([]);
});
