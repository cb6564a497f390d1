import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';

import type { Detail } from '~/api/types';
import { flaws } from '~/test/axe';
import { failed } from '~/test/fixtures';
import { show } from '~/test/render';
import { answers, refusal } from '~/test/service';

import { AttemptsCard } from './AttemptsCard';

const ref = { namespace: 'team-a', name: 'pi', type: 'MPIJob' } as const;
const path = 'GET /api/v1/namespaces/team-a/trainingjobs/pi';
const me = (rights: Record<string, boolean>) => ({ 'GET /api/v1/me?namespace=team-a': { user: 'ann', rights } });
const again = (minute: number, why: string) => ({ at: `2026-01-02T10:0${minute}:00Z`, reason: 'MPIJobRestarting', message: `Trying again after: ${why}`, count: 1, about: 'MPIJob', warning: true });
const job = (more: Partial<Detail> = {}) => failed({ attempt: 3, events: [again(2, 'Node gpu-2 was lost')], ...more });
const log = (...lines: { where: string; text: string }[]) => () =>
  new Response(lines.map((l) => `${JSON.stringify({ index: l.where === 'Launcher' ? -1 : 0, ...l })}\n`).join(''), { headers: { 'Content-Type': 'application/x-ndjson' } });

test('each attempt is there with its end, the newest first, and of how many nothing is known', async () => {
  answers({ ...me({ events: true }), [`${path}/events`]: [again(1, 'Worker 1 was evicted'), again(2, 'Node gpu-2 was lost')] });
  const { container } = show(<AttemptsCard jobRef={ref} job={job({ attempt: 4 })} />);
  const table = screen.getByRole('grid', { name: 'Attempts' });
  await within(table).findByText('Worker 1 was evicted');
  const rows = within(table).getAllByRole('row').slice(1).map((r) => r.textContent);
  expect(rows).toHaveLength(3);
  expect(rows[0]).toContain('Attempt 4, this one: Worker 1, rank 3: out of memory');
  expect(rows[1]).toContain('Node gpu-2 was lost');
  expect(rows[2]).toContain('Worker 1 was evicted');
  expect(screen.getByText(/Of 1 more the cluster has no event any longer/)).toBeVisible();
  expect(await flaws(container)).toEqual([]);
});

test('an end that is told of after all were read is there too, with those of before', async () => {
  const [first, second] = [again(1, 'Worker 1 was evicted'), again(2, 'Node gpu-2 was lost')];
  const told = [[first], [first, second]];
  answers({ ...me({ events: true }), [`${path}/events`]: () => Response.json(told.shift()) });
  const Page = () => {
    const [events, setEvents] = useState<typeof told[0]>([]);
    return (
      <>
        <AttemptsCard jobRef={ref} job={job({ events })} />
        <button onClick={() => setEvents([second])}>later</button>
      </>
    );
  };
  show(<Page />);
  await screen.findByText('Worker 1 was evicted');
  expect(screen.queryByText('Node gpu-2 was lost')).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'later' }));
  expect(await screen.findByText('Worker 1 was evicted')).toBeVisible();
  expect(screen.getByText('Node gpu-2 was lost')).toBeVisible();
});

test('who may not see events has those of the page, and no log without the right to it', async () => {
  const sent = answers(me({}));
  show(<AttemptsCard jobRef={ref} job={job()} />);
  expect(await screen.findByText(/Of 1 more/)).toBeVisible();
  expect(screen.getByText('Node gpu-2 was lost')).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Log of the run before' })).toBeNull();
  expect(sent.map((r) => r.path)).toEqual(['/api/v1/me?namespace=team-a']);
});

test('the log of the run before comes when it is asked for, of Workers that were started again too', async () => {
  const asked = `${path}/logs?launcher=true&worker=0&previous=true&tail=200`;
  const sent = answers({ ...me({ logs: true }), [asked]: log({ where: 'Launcher', text: 'mpirun: lost a daemon' }, { where: 'Worker 0', text: '\u001b[31mepoch 7' }) });
  const { container } = show(<AttemptsCard jobRef={ref} job={job({ workerPods: [{ where: 'Worker 0', index: 0, phase: 'Running', restarts: 1 }] })} />);
  const button = await screen.findByRole('button', { name: 'Log of the run before' });
  expect(sent.some((r) => r.path.includes('/logs'))).toBe(false);
  await userEvent.click(button);
  expect(await screen.findByText(/Launcher: mpirun: lost a daemon\s+Worker 0: epoch 7/)).toBeVisible();
  expect(screen.getByRole('link', { name: 'Download all of it' })).toHaveAttribute('href', '/api/v1/namespaces/team-a/trainingjobs/pi/logs/content?launcher=true&worker=0&previous=true');
  expect(await flaws(container)).toEqual([]);
});

test('where that log is gone it is said', async () => {
  answers({ ...me({ logs: true }), [`${path}/logs`]: () => refusal(404, 'NoLog', 'it was neither restarted nor tried again, or that run is gone with its pod') });
  show(<AttemptsCard jobRef={ref} job={job()} />);
  await userEvent.click(await screen.findByRole('button', { name: 'Log of the run before' }));
  expect(await screen.findByText(/that run is gone with its pod/)).toBeVisible();
});
