import type { Detail, Member } from '~/api/types';
import { failed, job } from '~/test/fixtures';

import { heldBack } from './heldBack';

const text = 'no node has room: 0/1 nodes are available';
const worker = (index: number, message?: string): Member => ({ where: `Worker ${index}`, index, phase: message ? 'Pending' : 'Running', ...(message ? { message } : {}) });
const of = (message: string, workers: Member[], phase: Detail['phase'] = 'Initializing'): Detail => ({ ...job({ phase, message }), launcherPod: worker(-1), workerPods: workers });

test.each([
  ['several wait for the same', of('no room for 2 of 3 Workers', [worker(0), worker(1, text), worker(2, text)]), `Worker 1 and 1 more: ${text}`],
  ['one waits', of('no room for 1 of 2 Workers', [worker(0, text), worker(1)]), `Worker 0: ${text}`],
  ['the message has it already', of(`Waiting for Worker 0: ${text}`, [worker(0, text), worker(1, text)]), undefined],
  ['nothing waits', of('Waiting for the queue', [worker(0)]), undefined],
  ['it runs', of('It runs', [worker(0, text)], 'Running'), undefined],
  ['it is over', failed(), undefined],
])('%s', (_when, job, want) => {
  expect(heldBack(job)).toBe(want);
});
