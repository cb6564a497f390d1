import { QueryClientProvider } from '@tanstack/react-query';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import type { Detail, Progress, ProgressCurve } from '~/api/types';
import { flaws } from '~/test/axe';
import { failed, job } from '~/test/fixtures';
import { show } from '~/test/render';
import { answers, refusal } from '~/test/service';

import { MetricsTab } from './MetricsTab';

const ref = { namespace: 'team-a', name: 'pi', type: 'MPIJob' } as const;
const base = 'GET /api/v1/namespaces/team-a/trainingjobs/pi';
const curves = { [`${base}/metrics`]: { namespace: 'team-a', job: 'pi', everySeconds: 15, members: [] }, [`${base}/usage`]: { namespace: 'team-a', job: 'pi', phase: 'Running', members: [] } };
const running = (progress?: Progress): Detail => ({ ...job(), launcherPod: failed().launcherPod, workerPods: [], ...(progress && { progress }) });
const time = (i: number) => new Date(1e12 + i * 10_000).toISOString();
const told = (i: number, loss: number): Progress => ({ at: time(i), percent: 10 * i, metrics: [{ name: 'loss', value: loss }] });
const curve = (losses: number[], more: Partial<ProgressCurve> = {}): ProgressCurve => {
  const line = (name: string, values: number[]) => ({ name, reports: values.length, min: Math.min(...values), max: Math.max(...values), points: values.map((value, i) => ({ time: time(i), value })) });
  return { namespace: 'team-a', job: 'pi', since: time(0), percent: line('percent', losses.map((_, i) => 10 * i)), training: [line('loss', losses)], ...more };
};

test('each number has its curve, with words for those who listen, and a table', async () => {
  answers({ ...curves, [`${base}/progress`]: curve([3, 1, 2]) });
  const { container } = show(<MetricsTab jobRef={ref} job={running(told(2, 2))} />);
  expect(await screen.findByText('loss: now 2, least 1, most 3, of 3 reports', undefined, { timeout: 10_000 })).toBeInTheDocument();
  expect(within(screen.getByRole('region', { name: 'loss' })).getByText('from 1 to 3')).toBeInTheDocument();
  expect(within(screen.getByRole('region', { name: 'Progress, in percent' })).getByText('20%')).toBeInTheDocument();
  expect(screen.queryByText(/what was told before is not known/)).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'As a table' }));
  const row = within(screen.getByRole('grid', { name: 'Training metrics' })).getByRole('row', { name: /loss/ });
  expect(within(row).getAllByRole('cell').map((c) => c.textContent)).toEqual(['loss', '2', '1', '3', '3']);
  expect(await flaws(container)).toEqual([]);
});

test('what was told once is a value and no empty picture', async () => {
  answers({ ...curves, [`${base}/progress`]: curve([3]) });
  const { container } = show(<MetricsTab jobRef={ref} job={running(told(0, 3))} />);
  expect(within(await screen.findByRole('region', { name: 'loss' })).getByText('3')).toBeInTheDocument();
  expect(await screen.findByText(/A curve begins with the second report/)).toBeInTheDocument();
  expect(container.querySelector('svg[role="img"]')).toBeNull();
  expect(screen.queryByRole('button', { name: 'As a table' })).toBeNull();
});

test('that the service began to watch later is said', async () => {
  answers({ ...curves, [`${base}/progress`]: curve([3, 2], { partial: true, left: 2 }) });
  show(<MetricsTab jobRef={ref} job={running(told(1, 2))} />);
  expect(await screen.findByText(/Curves begin .+, when the service began to watch the job; what was told before is not known. Of 2 more only the newest is known./)).toBeInTheDocument();
});

test('a program that tells nothing gets a hint, and nothing is asked for', async () => {
  const sent = answers(curves);
  const { container } = show(<MetricsTab jobRef={ref} job={running()} />);
  expect(screen.getByRole('link', { name: 'How a program tells it' })).toHaveAttribute('href', expect.stringMatching(/docs\/progress\.md$/));
  expect(await screen.findByText('No measurement yet')).toBeInTheDocument();
  expect(sent.filter((s) => s.path.includes('/progress'))).toEqual([]);
  expect(await flaws(container)).toEqual([]);
});

test('without a curve the newest numbers stay', async () => {
  answers({ ...curves, [`${base}/progress`]: () => refusal(503, 'NotReady', 'The service has not read the jobs yet.') });
  show(<MetricsTab jobRef={ref} job={running(told(2, 2))} />);
  expect(await screen.findByText('The service has not read the jobs yet.')).toBeInTheDocument();
  expect(within(screen.getByRole('region', { name: 'loss' })).getByText('2')).toBeInTheDocument();
});

test('it is asked again when the job has told anew, and what is there stays until then', async () => {
  const sent = answers({ ...curves, [`${base}/progress`]: curve([3, 2]) });
  const { rerender, client } = show(<MetricsTab jobRef={ref} job={running(told(1, 2))} />);
  await screen.findByRole('button', { name: 'As a table' });
  const again = (p: Progress) => rerender(<QueryClientProvider client={client}><MetricsTab jobRef={ref} job={running(p)} /></QueryClientProvider>);
  again(told(1, 2));
  again(told(2, 1));
  expect(screen.getByRole('button', { name: 'As a table' })).toBeInTheDocument();
  await waitFor(() => expect(sent.filter((s) => s.path.endsWith('/progress'))).toHaveLength(2));
});
