import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import type { Detail } from '~/api/types';
import { flaws } from '~/test/axe';
import { failed, job } from '~/test/fixtures';
import { show } from '~/test/render';
import { answers } from '~/test/service';

import { JobHeader } from './JobHeader';

const minute = 60_000;
const at = (minutes: number) => new Date(Date.now() + minutes * minute + 500).toISOString();
const of = (more: Partial<Detail>): Detail => ({ ...job(), launcherPod: { where: 'Launcher', index: -1, phase: 'Running' }, workerPods: [], ...more });

function header(of: Detail, rights: Record<string, boolean> = {}) {
  answers({ 'GET /api/v1/me?namespace=team-a': { user: 'ann', rights } });
  return show(<JobHeader job={of} live={{ connected: true }} />).container;
}

test('of a job that runs it says since when, and when it stops', async () => {
  const stopsAt = at(95);
  const page = header(of({ timeline: [{ name: 'Created', at: at(-20) }, { name: 'Running', at: at(-12) }], stopsAt, timeLimitSeconds: 7200 }));
  expect(screen.getByText(/^Running for 1[12]m/)).toBeVisible();
  const stops = screen.getByText(`Stops in 95m, at ${new Date(stopsAt).toLocaleString()}`);
  expect(stops).toHaveAttribute('datetime', stopsAt);
  expect(await flaws(page)).toEqual([]);
});

test('of one that is over it says how long it took', () => {
  const page = header(failed({ timeline: [{ name: 'Running', at: at(-20) }, { name: 'Failed', at: at(-3), reason: 'RankOOMKilled' }], stopsAt: at(60) }));
  expect(screen.getByText(/^Failed 2m\d+s ago$/)).toBeVisible();
  expect(page).toHaveTextContent('Took 2m55s');
  expect(page).not.toHaveTextContent('Stops');
});

test.each([
  ['Suspended', 'Suspended'],
  ['Pending', 'Created'],
] as const)('the time of one that is %s has not begun', (phase, step) => {
  const page = header(of({ phase, timeline: [{ name: step, at: at(-5) }], timeLimitSeconds: 86_400 }));
  expect(page).toHaveTextContent('Stops 24h after it has started');
});

test('of one that waits it isn’t said that it has started', () => {
  header(of({ phase: 'Pending', timeline: [{ name: 'Created', at: at(-5) }, { name: 'Started', at: at(-5) }] }));
  expect(screen.getByText(/^Created [45]m\d*s? ago$/)).toBeVisible();
  expect(screen.queryByText(/^Started/)).toBeNull();
});

test('of one that is never stopped nothing is said of it', () => {
  const page = header(of({ timeline: [{ name: 'Workers started', at: at(-2) }] }));
  expect(screen.getByText(/^Workers started 1m\d+s ago$/)).toBeVisible();
  expect(page).not.toHaveTextContent('Stops');
});

test('one that waits leads to the help of what it waits for', async () => {
  const page = header(of({ phase: 'Pending', reason: 'Unschedulable', message: 'Waiting for 2 of 4 GPUs' }));
  expect(screen.getByRole('link', { name: 'What it waits for, and what to do' })).toHaveAttribute('href', '/help#Unschedulable');
  expect(await flaws(page)).toEqual([]);
});

test('one that waits for its turn leads to no entry that is not there', () => {
  header(of({ phase: 'Queued', reason: 'Queued', message: 'Waiting in queue "team" for room' }));
  expect(screen.getByText(/Waiting in queue/)).toBeVisible();
  expect(screen.queryByRole('link')).toBeNull();
});

test.each([
  ['one that would fail as it did is cloned and not retried', true, ['Clone and modify']],
  ['one that may do better is retried too', false, ['Retry', 'Clone and modify']],
])('%s', async (_name, needsChange, offered) => {
  header(failed({ needsChange }), { create: true });
  await userEvent.click(await screen.findByRole('button', { name: 'Actions' }));
  expect((await screen.findAllByRole('menuitem')).map((i) => i.textContent)).toEqual(offered);
});

test('its clone begins with the field that mends it', async () => {
  header(failed(), { create: true });
  await userEvent.click(await screen.findByRole('button', { name: 'Actions' }));
  await userEvent.click(await screen.findByRole('menuitem', { name: 'Clone and modify' }));
  await waitFor(() => expect(screen.getByLabelText(/^Memory/)).toHaveFocus());
});
