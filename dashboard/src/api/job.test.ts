import { settling } from './job';
import type { Member } from './types';

const member = (of: Pick<Member, 'phase'>): Member => ({ where: 'Worker 0', index: 0, ...of });

const finished = '2026-11-20T10:00:00Z';
const soon = Date.parse(finished) + 3_000;

test.each([
  ['a job that runs', { workerPods: [member({ phase: 'Running' })] }, soon, false],
  ['one whose Worker is still shown as running', { finished, workerPods: [member({ phase: 'Failed' }), member({ phase: 'Running' })] }, soon, true],
  ['one whose Launcher is', { finished, launcherPod: member({ phase: 'Terminating' }), workerPods: [] }, soon, true],
  ['one whose pods have ended, or are gone', { finished, launcherPod: member({ phase: 'Succeeded' }), workerPods: [member({ phase: 'Absent' })] }, soon, false],
  ['one whose Workers stay', { finished, workerPods: [member({ phase: 'Running' })] }, soon + 60_000, false],
])('%s settles: %#', (_what, job, now, want) => expect(settling(job, now)).toBe(want));

test('nothing is known yet', () => expect(settling(undefined, soon)).toBe(false));
