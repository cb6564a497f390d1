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
const ago = (ms: number) => seen - ms;
const is = (phase: Detail['phase'], minutes: number, ...of: Member['phase'][]): Partial<Known> => ({ phase, phaseSeen: ago(minutes * 60_000), ...pods(...of) });
const over = (minutes: number, ...of: Member['phase'][]): Partial<Known> => ({ ...is('Succeeded', minutes, ...of), finished: '2026-01-02T10:03:00Z' });
const known: Known = { ...job(), workerPods: [], position: '1', phaseSeen: seen, podsSeen: 0 };
const at = (of: Partial<Known>, error: Error | null = null) => readAgain({ data: { ...known, ...of }, error, dataUpdatedAt: seen });

test.each<[string, Partial<Known>, number | false]>([
  ['whose pods come up', is('Initializing', 4.9, 'Pending'), 3_000],
  ['that waits for its pods', is('Pending', 4.9, 'Absent'), 3_000],
  ['that has long waited for them', is('Pending', 5, 'Absent'), 15_000],
  ['whose pods go with it', is('Terminating', 0, 'Terminating'), 3_000],
  ['that runs', is('Running', 0, 'Running'), 15_000],
  ['that waits for its turn', is('Queued', 0, 'Absent'), 15_000],
  ['that is suspended', is('Suspended', 1, 'Absent'), false],
  ['that is suspended, whose pods still stop', is('Suspended', 0.9, 'Terminating'), 3_000],
  ['whose Worker is still shown as running', over(0, 'Failed', 'Running'), 3_000],
  ['whose pods take long to stop', over(1, 'Terminating'), 60_000],
  ['whose Workers stay', over(60 * 24, 'Running'), 60_000],
  ['that has just ended, but for its last events', over(0.2, 'Succeeded', 'Absent'), 3_000],
  ['whose pods were there just now', { ...over(1, 'Absent'), podsSeen: ago(14_999) }, 3_000],
  ['of which everything is known', { ...over(1, 'Absent'), podsSeen: ago(15_000) }, false],
  ['that ended, as a clock had it that was set back', over(-10, 'Absent'), false],
])('a job %s: %#', (_what, of, want) => expect(at(of)).toBe(want));

test('a job that ended, and may not be followed', () => {
  const unfollowed: Known = { ...known, ...over(1, 'Absent') };
  delete unfollowed.position;
  expect(readAgain({ data: unfollowed, error: null, dataUpdatedAt: seen })).toBe(15_000);
});

test.each([
  ['that none was given', unreachable(), 15_000],
  ['of a service that has too much to do', refused(429), 15_000],
  ['that the service failed to give', refused(500), 15_000],
  ['that there is no such job', refused(404), false],
  ['that one may not see it', refused(403), false],
])('an answer %s: %#', (_what, error, want) => expect(at(over(1), error)).toBe(want));

test.each([null, new Error('no answer')])('of a job that was never read is said what there is to say, until its stream is there: %s', (error) => expect(readAgain({ data: undefined, error, dataUpdatedAt: 0 })).toBe(false));

describe('an open page', () => {
  const path = 'GET /api/v1/namespaces/team-a/trainingjobs/pi/status';
  /** Reads a job that is this, one time after the other, the last for good; asked is how often it was. */
  const read = (...told: (Detail | (() => Response))[]) => {
    const next = () => (told.length > 1 ? told.shift() : told[0]);
    const sent = answers({
      [path]: () => {
        const is = next();
        return typeof is === 'function' ? is() : Response.json(is, { headers: { Position: '1' } });
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
    await pass(3_200);
    expect(asked()).toBe(2);
    await pass(60_000); // its last events may come for a quarter of a minute
    expect(asked()).toBe(6);
  });

  test('counts anew for another job of that name', async () => {
    const { result } = read(failed(), failed({ uid: 'another' }));
    await pass(100);
    const first = result.current.data?.phaseSeen;
    await pass(3_100);
    expect(result.current.data?.phaseSeen).toBeGreaterThan(first ?? Infinity);
  });

  test('goes on when the service is back', async () => {
    const away = Array.from({ length: 5 }, () => gone);
    const { result } = read({ ...job(), ...pods('Running') }, ...away, () => refusal(503, 'Busy', 'in a moment'), { ...job(), ...pods('Failed') });
    await pass(60_000);
    expect(result.current).toMatchObject({ isError: false, data: pods('Failed') });
  });
});
