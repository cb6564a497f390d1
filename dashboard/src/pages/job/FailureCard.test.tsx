import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import { failed, job, podless } from '~/test/fixtures';
import { flaws } from '~/test/axe';
import { answers, losing, never } from '~/test/service';
import { show } from '~/test/render';

import { FailureCard } from './FailureCard';
import { JobHeader } from './JobHeader';

test('cause, place, memory, evidence, log and advice are all there', () => {
  answers({ 'GET /api/v1/me?namespace=team-a': { user: 'ann', rights: { create: true, logs: true } } });
  show(<FailureCard job={failed()} onLog={vi.fn()} />);
  expect(screen.getByRole('heading', { level: 2 })).toHaveTextContent('Worker 1, rank 3: out of memory');
  for (const text of ['Give each Worker more memory.', '512 MiB of 512 MiB', 'SIGKILL', /epoch 3/, /memory counter/]) expect(screen.getByText(text)).toBeInTheDocument();
  expect(screen.getByRole('link', { name: 'More about it' })).toHaveAttribute('href', '/help#RankOOMKilled');
});

test('what a program wrote neither moves a cursor nor turns text around, and is no HTML', () => {
  answers({ 'GET /api/v1/me?namespace=team-a': { user: 'ann', rights: {} } });
  const was = failed();
  show(<FailureCard job={failed({ message: '\u001b[31mWorker 1\u001b[0m: \u202Ekilled', failure: { ...was.failure, reason: 'RankOOMKilled', logTail: ['\u001b[1mepoch 3\u001b[0m', '<img id="evil" src=x>', '10 %\r50 %'] } })} onLog={vi.fn()} />);
  expect(screen.getByRole('heading', { level: 2 })).toHaveTextContent('Worker 1: killed');
  expect(screen.getByText(/^epoch 3/).textContent).toBe('epoch 3\n<img id="evil" src=x>\n50 %');
  expect(document.getElementById('evil')).toBeNull();
});

test('a copy with the fix is one dialog away, with what changes marked', async () => {
  const sent = answers({
    'GET /api/v1/me?namespace=team-a': { user: 'ann', rights: { create: true } },
    'POST /api/v1/namespaces/team-a/trainingjobs/pi/clone': { job: job({ name: 'pi-2' }), from: 'pi', differences: [] },
  });
  show(<FailureCard job={failed()} onLog={vi.fn()} />);
  await userEvent.click(await screen.findByRole('button', { name: 'Clone with the fix' }));
  expect(screen.getByLabelText(/Memory per Worker/)).toHaveValue('1Gi');
  expect(screen.getByText('was 512Mi')).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Create the copy' }));
  await waitFor(() => expect(sent.find((s) => s.method === 'POST')?.body).toEqual({ changes: { memoryPerWorker: '1Gi' } }));
});

const me = { 'GET /api/v1/me?namespace=team-a': { user: 'ann', rights: { create: true } } };

test('a retry whose answer is lost makes no second job when it is asked for again, here or above', async () => {
  const { made, answers: retry } = losing((n) => Response.json({ job: job({ name: `pi-${1 + n}` }), from: 'pi', copy: true }));
  const sent = answers({ ...me, 'POST /api/v1/namespaces/team-a/trainingjobs/pi/retry?uid=uid-pi': retry });
  const lost = failed({ reason: 'WorkerLost', remedy: {}, mend: '', needsChange: false });
  show(
    <>
      <JobHeader job={lost} live={{ connected: true }} />
      <FailureCard job={lost} onLog={vi.fn()} />
    </>,
  );
  const keys = () => sent.flatMap((s) => s.key ?? []);
  const above = async () => {
    await userEvent.click(screen.getByRole('button', { name: 'Actions' }));
    await userEvent.click(await screen.findByRole('menuitem', { name: 'Retry' }));
  };
  await userEvent.click(await screen.findByRole('button', { name: 'Retry' }));
  expect(await screen.findByText(/may run again already/)).toBeVisible();
  expect(screen.getByRole('button', { name: 'To the list of jobs' })).toBeVisible();
  await above();
  await waitFor(() => expect(keys()).toHaveLength(2));
  expect(made).toHaveLength(1);
  // It has been answered: to ask once more is to want another.
  await above();
  await waitFor(() => expect(made).toHaveLength(2));
});

test('so does a clone with the same changes; with others it is another copy', async () => {
  const { made, answers: clone } = losing((n) => Response.json({ job: job({ name: `pi-${1 + n}` }), from: 'pi', differences: [] }, { status: 201 }));
  const sent = answers({ ...me, 'POST /api/v1/namespaces/team-a/trainingjobs/pi/clone': clone });
  const keys = () => sent.flatMap((s) => s.key ?? []);
  show(<FailureCard job={failed()} onLog={vi.fn()} />);
  const ask = () => userEvent.click(screen.getByRole('button', { name: 'Create the copy' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Clone with the fix' }));
  await ask();
  expect(await screen.findByText(/The copy may be there already/)).toBeVisible();
  expect(await flaws(screen.getByRole('dialog'))).toEqual([]);
  // Closed and asked for again, it is the same.
  await userEvent.click(screen.getByRole('button', { name: 'Cancel' }));
  await userEvent.click(screen.getByRole('button', { name: 'Clone with the fix' }));
  await ask();
  await waitFor(() => expect(keys()).toHaveLength(2));
  expect(made).toHaveLength(1);
  await userEvent.clear(screen.getByLabelText(/Memory per Worker/));
  await userEvent.type(screen.getByLabelText(/Memory per Worker/), '2Gi');
  await ask();
  await waitFor(() => expect(made).toHaveLength(2));
});

test('a copy can have another time limit, and what is wrong with one stands at its field', async () => {
  const clone = 'POST /api/v1/namespaces/team-a/trainingjobs/pi/clone';
  const by: Parameters<typeof answers>[0] = {
    ...me,
    [clone]: () =>
      Response.json(
        { type: '', title: 'Invalid', status: 422, code: 'Invalid', detail: 'one thing is wrong', fields: [{ field: 'timeLimit', message: '"long" is no time limit: write it as 90m, 48h or 2d' }] },
        { status: 422, headers: { 'Content-Type': 'application/problem+json' } },
      ),
  };
  const sent = answers(by);
  show(<FailureCard job={failed({ timeLimitSeconds: 172_800 })} onLog={vi.fn()} />);
  await userEvent.click(await screen.findByRole('button', { name: 'Clone with the fix' }));
  const limit = screen.getByLabelText(/^Time limit/);
  expect(limit).toHaveValue('48h');
  expect(limit).toHaveAccessibleDescription('As 90m, 48h or 2d, or none.');
  await userEvent.clear(limit);
  expect(screen.getByRole('button', { name: 'Create the copy' })).toBeDisabled();
  await userEvent.type(limit, 'long');
  expect(screen.getByText('was 48h')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Create the copy' }));
  await waitFor(() => expect(limit).toHaveAccessibleDescription(/is no time limit/));
  expect(screen.queryByText('one thing is wrong')).toBeNull();
  expect(await flaws(screen.getByRole('dialog'))).toEqual([]);
  by[clone] = { job: job({ name: 'pi-2' }), from: 'pi', differences: [] };
  await userEvent.clear(limit);
  await userEvent.type(limit, '3d');
  await userEvent.click(screen.getByRole('button', { name: 'Create the copy' }));
  await waitFor(() => expect(sent.at(-1)?.body).toEqual({ changes: { memoryPerWorker: '1Gi', timeLimit: '3d' } }));
});

test('what fails again as it is has no Retry; the field that mends it is a click away, and has the focus', async () => {
  answers({ ...me, 'GET /api/v1/namespaces/team-a/trainingjobs/pi/manifest': never });
  show(<FailureCard job={failed({ reason: 'ContainerCommandNotFound', remedy: {}, mend: 'command', message: 'Launcher: the command can’t be started' })} onLog={vi.fn()} />);
  await userEvent.click(await screen.findByRole('button', { name: 'Clone with another command' }));
  expect(screen.queryByRole('button', { name: 'Retry' })).toBeNull();
  await waitFor(() => expect(screen.getByLabelText(/^Command/)).toHaveFocus());
});

test('what no field of the dialog mends is changed in the whole form', async () => {
  answers(me);
  show(<FailureCard job={failed({ reason: 'SharedMemoryTooSmall', remedy: {}, mend: '' })} onLog={vi.fn()} />);
  expect(await screen.findByRole('link', { name: 'Clone in the form' })).toHaveAttribute('href', '/projects/team-a/create?from=pi&uid=uid-pi');
  expect(screen.queryByRole('button', { name: 'Retry' })).toBeNull();
});

test('a log that went with its pod isn’t offered: the Launcher’s has what its ranks printed', async () => {
  answers({ 'GET /api/v1/me?namespace=team-a': { user: 'ann', rights: { logs: true } } });
  const onLog = vi.fn();
  const { unmount } = show(<FailureCard job={podless(failed())} onLog={onLog} />);
  await userEvent.click(await screen.findByRole('button', { name: 'Log of Launcher' }));
  expect(onLog).toHaveBeenCalledWith(-1);
  expect(screen.queryByRole('button', { name: 'Log of Worker 1' })).toBeNull();
  unmount();
  show(<FailureCard job={podless(failed(), [])} onLog={onLog} />);
  expect(await screen.findByText(/epoch 3/)).toBeVisible(); // what was kept of it
  expect(screen.queryByRole('button', { name: /^Log of/ })).toBeNull();
});

test('it is compared with the last run of its family that ended well', () => {
  answers({ 'GET /api/v1/me?namespace=team-a': { user: 'ann', rights: {} } });
  const relative = (name: string, phase: 'Succeeded' | 'Failed', day: number) => ({ name, phase, created: `2026-01-0${day}T10:00:00Z` });
  const family = [relative('first', 'Succeeded', 1), relative('best', 'Succeeded', 3), relative('worst', 'Failed', 4), relative('pi', 'Failed', 5)];
  show(<FailureCard job={failed({ family })} onLog={vi.fn()} />);
  expect(screen.getByRole('link', { name: 'Compare with best, the last good run' })).toHaveAttribute('href', '/projects/team-a/compare?job=best&job=pi');
});

test('without one there is nothing to compare with', () => {
  answers({ 'GET /api/v1/me?namespace=team-a': { user: 'ann', rights: {} } });
  show(<FailureCard job={failed({ family: [{ name: 'pi', phase: 'Failed', created: '2026-01-01T10:00:00Z' }] })} onLog={vi.fn()} />);
  expect(screen.queryByRole('link', { name: /Compare/ })).toBeNull();
});

test('who may not create is offered no copy', async () => {
  const sent = answers({ 'GET /api/v1/me?namespace=team-a': { user: 'eve', rights: { create: false } } });
  show(<FailureCard job={failed()} onLog={vi.fn()} />);
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(screen.queryByRole('button', { name: 'Clone with the fix' })).toBeNull();
});
