import { QueryClientProvider } from '@tanstack/react-query';
import { act, renderHook } from '@testing-library/react';
import { createElement, type ReactNode } from 'react';

import { failed, job } from '~/test/fixtures';
import { answers, gone, refusal } from '~/test/service';

import { readAgain, useDetail, type Known } from './job';
import { ProblemError, unreachable } from './problem';
import { newQueries } from './queries';
import type { Detail, Member } from './types';

const member = (phase: Member['phase']): Member => ({ where: 'Worker 0', index: 0, phase });
const pods = (...phases: Member['phase'][]) => ({ workerPods: phases.map(member) });
const refused = (status: number) => new ProblemError({ type: '', title: '', status, code: 'X', detail: '' });

const seen = 1e12;
const over = (...phases: Member['phase'][]): Partial<Known> => ({ phase: 'Succeeded', endSeen: seen, ...pods(...phases) });

test.each<[string, Partial<Known>, number, number | false]>([
  ['whose pods come up', { phase: 'Initializing', ...pods('Pending') }, 0, 3_000],
  ['that waits for its pods', { phase: 'Pending', ...pods('Absent') }, 0, 3_000],
  ['whose pods go with it', { phase: 'Terminating', ...pods('Terminating') }, 0, 3_000],
  ['that runs', { phase: 'Running', ...pods('Running') }, 0, 15_000],
  ['that waits for its turn', { phase: 'Queued', ...pods('Absent') }, 0, 15_000],
  ['that is suspended', { phase: 'Suspended', ...pods('Absent') }, 0, false],
  ['that is suspended, whose pods still stop', { phase: 'Suspended', ...pods('Terminating') }, 0, 3_000],
  ['whose Worker is still shown as running', over('Failed', 'Running'), 0, 1_500],
  ['whose Launcher is', { ...over(), launcherPod: member('Terminating') }, 59_999, 1_500],
  ['whose pods take long to stop', over('Terminating'), 60_000, 10_000],
  ['whose Workers stay', over('Running'), 300_000, false],
  ['whose pods have ended, but for its last events', over('Succeeded', 'Absent'), 1_600, 3_000],
  ['of which everything is known', over('Succeeded', 'Absent'), 3_000, false],
])('a job %s: %#', (_what, of, since, want) => expect(readAgain({ data: { ...job(), workerPods: [], ...of }, error: null, dataUpdatedAt: seen + since })).toBe(want));

test.each([
  ['that none was given', unreachable(), 3_000],
  ['of a service that has too much to do', refused(429), 3_000],
  ['that the service failed to give', refused(500), 3_000],
  ['that there is no such job', refused(404), false],
  ['that one may not see it', refused(403), false],
])('an answer %s: %#', (_what, error, want) => {
  expect(readAgain({ data: { ...failed(), ...over() }, error, dataUpdatedAt: seen + 3_000 })).toBe(want);
});

test.each([null, new Error('no answer')])('of a job that was never read is said what there is to say, until its stream is there: %s', (error) => expect(readAgain({ data: undefined, error, dataUpdatedAt: 0 })).toBe(false));

describe('an open page', () => {
  const path = 'GET /api/v1/namespaces/team-a/trainingjobs/pi/status';
  /** Reads a job that is this, one time after the other, the last for good; asked is how often it was. */
  const read = (...told: (Detail | (() => Response))[]) => {
    const next = () => (told.length > 1 ? told.shift() : told[0]);
    const sent = answers({
      [path]: () => {
        const is = next();
        return typeof is === 'function' ? is() : Response.json(is);
      },
    });
    const client = newQueries();
    const wrapper = ({ children }: { children: ReactNode }) => createElement(QueryClientProvider, { client }, children);
    const { result } = renderHook(() => useDetail({ namespace: 'team-a', name: 'pi', type: 'MPIJob' }), { wrapper });
    return { result, asked: () => sent.length };
  };
  const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));

  beforeEach(() => {
    vi.useFakeTimers({ now: seen });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('sees its pods come up without a word of the stream', async () => {
    const { result } = read({ ...job({ phase: 'Pending' }), ...pods('Absent') }, { ...job({ phase: 'Pending' }), ...pods('Starting') });
    await pass(100);
    expect(result.current.data?.workerPods?.[0]?.phase).toBe('Absent');
    await pass(3_100);
    expect(result.current.data?.workerPods?.[0]?.phase).toBe('Starting');
  });

  // As long ago, or as far ahead, as the cluster's clock has it.
  test.each(['2001-09-09T01:40:00Z', '2001-09-09T01:53:20Z'])('sees the pods stop of a job that ended at %s, and what is told after that', async (finished) => {
    const { asked } = read({ ...failed({ finished }), ...pods('Running') }, { ...failed({ finished }), ...pods('Failed') });
    await pass(1_700);
    expect(asked()).toBe(2);
    await pass(60_000);
    expect(asked()).toBe(3);
  });

  test('counts anew for another job of that name', async () => {
    const { result } = read(failed(), failed({ uid: 'another' }));
    await pass(100);
    const first = result.current.data?.endSeen;
    await pass(3_100);
    expect(result.current.data?.endSeen).toBeGreaterThan(first ?? Infinity);
  });

  test('goes on when the service is back', async () => {
    const away = Array.from({ length: 5 }, () => gone);
    const { result } = read({ ...job(), ...pods('Running') }, ...away, () => refusal(503, 'Busy', 'in a moment'), { ...job(), ...pods('Failed') });
    await pass(60_000);
    expect(result.current).toMatchObject({ isError: false, data: pods('Failed') });
  });
});
