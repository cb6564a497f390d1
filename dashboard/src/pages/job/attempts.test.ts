import type { Detail, Member } from '~/api/types';
import { failed } from '~/test/fixtures';

import { endedOf, hasAttempts, restarted, unknownOf } from './attempts';

type Event = NonNullable<Detail['events']>[number];
const event = (minute: number, reason: string, message = '', more: Partial<Event> = {}): Event => ({ at: `2026-01-02T10:0${minute}:00Z`, reason, message, count: 1, about: 'MPIJob', ...more });
const again = (minute: number, why: string, count = 1) => event(minute, 'MPIJobRestarting', `Trying again after: ${why}`, { count });
const stopped = (minute: number, count = 1) => event(minute, 'MPIJobSuspended', 'MPIJob suspended', { count });
const job = (attempt: number | undefined, more: Partial<Detail> = {}): Detail => failed({ ...(attempt && { attempt }), ...more });

test('the causes after which it was tried again, the newest first', () =>
  expect(endedOf(job(2), [event(0, 'MPIJobCreated'), again(1, 'Worker 1 was lost'), event(2, 'Scheduled', '', { about: 'Worker 0' }), again(3, 'the Launcher exited with code 3', 2)])).toEqual([
    { at: '2026-01-02T10:03:00Z', why: 'the Launcher exited with code 3', times: 2 },
    { at: '2026-01-02T10:01:00Z', why: 'Worker 1 was lost', times: 1 },
  ]));

test('a suspension ended an attempt where another began after it', () => {
  expect(endedOf(job(3), [stopped(4, 2)])).toEqual([{ at: '2026-01-02T10:04:00Z', times: 2 }]);
  expect(endedOf(job(2), [stopped(4, 2)])).toEqual([{ at: '2026-01-02T10:04:00Z', times: 1 }]); // it was made suspended
  expect(endedOf(job(1), [stopped(0)])).toEqual([]);
});

test('what a pod of that name says is no end of the job', () => expect(endedOf(job(2), [{ ...again(1, 'x'), about: 'Launcher' }])).toEqual([]));

test('of what events are gone it is known how many', () => {
  const ended = endedOf(job(4), [stopped(4)]);
  expect(unknownOf(job(4), ended)).toBe(2);
  expect(unknownOf(job(undefined), [])).toBe(0);
});

test.each([
  ['a first attempt', job(1, { events: [event(0, 'MPIJobCreated')] }), false],
  ['one of another controller', job(undefined), false],
  ['a second attempt', job(2), true],
  ['a Launcher that was tried again', job(1, { events: [again(1, 'it exited with code 1')] }), true],
  ['a Worker that was started again', job(1, { workerPods: [{ where: 'Worker 0', index: 0, phase: 'Running', restarts: 1 }] }), true],
])('%s', (_what, of, want) => expect(hasAttempts(of)).toBe(want));

test('Workers that were started again are named', () => {
  const worker = (index: number, restarts?: number): Member => ({ where: `Worker ${index}`, index, phase: 'Running', ...(restarts !== undefined && { restarts }) });
  expect(restarted(job(1, { workerPods: [worker(0), worker(1, 2), worker(2, 0)] }))).toEqual([1]);
});
