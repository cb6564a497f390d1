import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import { failed, job } from '~/test/fixtures';
import { answers } from '~/test/service';
import { show } from '~/test/render';

import { FailureCard } from './FailureCard';

const ref = { namespace: 'team-a', name: 'pi', type: 'MPIJob' } as const;

test('cause, place, memory, evidence, log and advice are all there', () => {
  answers({ 'GET /api/v1/me?namespace=team-a': { user: 'ann', rights: { create: true, logs: true } } });
  show(<FailureCard jobRef={ref} job={failed()} onLog={vi.fn()} />);
  expect(screen.getByRole('heading', { level: 2 })).toHaveTextContent('Worker 1, rank 3: out of memory');
  for (const text of ['Give each Worker more memory.', '512 MiB of 512 MiB', 'SIGKILL', /epoch 3/, /memory counter/]) expect(screen.getByText(text)).toBeInTheDocument();
  expect(screen.getByRole('link', { name: 'More about it' })).toHaveAttribute('href', '/help#RankOOMKilled');
});

test('a copy with the fix is one dialog away, with what changes marked', async () => {
  const sent = answers({
    'GET /api/v1/me?namespace=team-a': { user: 'ann', rights: { create: true } },
    'POST /api/v1/namespaces/team-a/trainingjobs/pi/clone': { job: job({ name: 'pi-2' }), from: 'pi', differences: [] },
  });
  show(<FailureCard jobRef={ref} job={failed()} onLog={vi.fn()} />);
  await userEvent.click(await screen.findByRole('button', { name: 'Clone with the fix' }));
  expect(screen.getByLabelText(/Memory per Worker/)).toHaveValue('1Gi');
  expect(screen.getByText('was 512Mi')).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Create the copy' }));
  await waitFor(() => expect(sent.find((s) => s.method === 'POST')?.body).toEqual({ changes: { memoryPerWorker: '1Gi' } }));
});

test('it is compared with the last run of its family that ended well', () => {
  answers({ 'GET /api/v1/me?namespace=team-a': { user: 'ann', rights: {} } });
  const relative = (name: string, phase: 'Succeeded' | 'Failed', day: number) => ({ name, phase, created: `2026-01-0${day}T10:00:00Z` });
  const family = [relative('first', 'Succeeded', 1), relative('best', 'Succeeded', 3), relative('worst', 'Failed', 4), relative('pi', 'Failed', 5)];
  show(<FailureCard jobRef={ref} job={failed({ family })} onLog={vi.fn()} />);
  expect(screen.getByRole('link', { name: 'Compare with best, the last good run' })).toHaveAttribute('href', '/projects/team-a/compare?job=best&job=pi');
});

test('without one there is nothing to compare with', () => {
  answers({ 'GET /api/v1/me?namespace=team-a': { user: 'ann', rights: {} } });
  show(<FailureCard jobRef={ref} job={failed({ family: [{ name: 'pi', phase: 'Failed', created: '2026-01-01T10:00:00Z' }] })} onLog={vi.fn()} />);
  expect(screen.queryByRole('link', { name: /Compare/ })).toBeNull();
});

test('who may not create is offered no copy', async () => {
  const sent = answers({ 'GET /api/v1/me?namespace=team-a': { user: 'eve', rights: { create: false } } });
  show(<FailureCard jobRef={ref} job={failed()} onLog={vi.fn()} />);
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(screen.queryByRole('button', { name: 'Clone with the fix' })).toBeNull();
});
