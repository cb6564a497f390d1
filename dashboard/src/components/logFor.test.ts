import type { Detail, Member } from '~/api/types';

import { hasLog, logFor } from './logFor';

const member = (index: number, pod?: string): Member => ({ where: index < 0 ? 'Launcher' : `Worker ${index}`, index, phase: 'Failed', ...(pod !== undefined && { pod }) });
const job = (phase: Detail['phase'], launcherPod?: Member) => ({ phase, ...(launcherPod && { launcherPod }) });

test.each([
  ['its own, while its pod is there', job('Failed', member(-1, 'l')), member(1, 'w'), 1],
  ['the Launcher’s, once it is gone', job('Failed', member(-1, 'l')), member(1), -1],
  ['none, once both are', job('Failed', member(-1)), member(1), undefined],
  ['none of a job without a Launcher', job('Succeeded'), member(1), undefined],
  ['the Launcher’s, of the job as a whole', job('Failed', member(-1, 'l')), undefined, -1],
  ['its own, which may come yet', job('Pending', member(-1)), member(1), 1],
  ['its own, once it is resumed', job('Suspended', member(-1)), member(1), 1],
] as const)('%s', (_name, of, m, want) => {
  expect(logFor(of, m)?.index).toBe(want);
});

test('a log is as long as its pod', () => {
  expect([hasLog(job('Running'), member(0)), hasLog(job('Failed'), member(0)), hasLog(job('Failed'), member(0, 'w'))]).toEqual([true, false, true]);
});
