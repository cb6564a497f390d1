import type { Detail, Member } from '~/api/types';
import { troubleshooting } from '~/pages/help/troubleshooting';
import { failed, job } from '~/test/fixtures';

import { helpReason, helpReasons } from './helpReason';

const worker = (index: number, reason?: string): Member => ({ where: `Worker ${index}`, index, phase: reason ? 'Pending' : 'Running', ...(reason && { reason }) });
const of = (reason: string, phase: Detail['phase'], ...workers: Member[]): Detail => ({ ...job({ phase, reason, message: 'Waiting for 2 of 4 GPUs' }), launcherPod: worker(-1), workerPods: workers });

test.each([
  ['the job names it', of('GangIncomplete', 'Initializing', worker(0, 'Unschedulable')), 'GangIncomplete'],
  ['a Worker’s image is not there', of('MPIJobCreated', 'Pending', worker(0), worker(1, 'ImagePullBackOff')), 'ImagePullFailed'],
  ['it waits for its turn in a queue', of('Queued', 'Queued'), undefined],
  ['no controller has looked at it', of('NoController', 'Pending'), undefined],
  ['a Worker starts', of('MPIJobCreated', 'Initializing', { ...worker(0, 'Starting'), phase: 'Starting' }), undefined],
  ['it runs', of('Unschedulable', 'Running'), undefined],
  ['it failed', failed({ reason: 'VolumeMissing' }), undefined],
])('%s', (_when, waits, want) => {
  expect(helpReason(waits)).toBe(want);
});

test('the help has each of them', () => {
  const entries = troubleshooting.map((e) => e.reason);
  for (const reason of helpReasons) expect(entries).toContain(reason);
});
