import type { BulkAction } from '~/api/jobs';
import type { Job } from '~/api/types';
import { job } from '~/test/fixtures';

import { split } from './split';

const everywhere = () => true;
const named = (action: BulkAction, jobs: Job[], allowed: (namespace: string) => boolean = everywhere) => {
  const { can, cant } = split(action, jobs, allowed);
  return { can: can.map((j) => j.name), cant: cant.map((c) => [c.why, ...c.jobs.map((j) => j.name)]) };
};
const of = (name: string, phase: Job['phase'], more: Partial<Job> = {}) => job({ name, phase, ...more });
const all = [
  of('runs', 'Running'),
  of('done', 'Succeeded'),
  of('waits', 'Pending'),
  of('broke', 'Failed'),
  of('held', 'Suspended'),
  of('queued', 'Queued'),
  of('going', 'Terminating'),
  of('old', 'Running', { type: 'PyTorchJob' }),
  of('old-held', 'Suspended', { type: 'TFJob' }),
  of('old-done', 'Succeeded', { type: 'TFJob' }),
  of('train', 'Running', { type: 'TrainJob' }),
];

test('what can be suspended is under way', () =>
  expect(named('suspend', all)).toEqual({
    can: ['runs', 'waits', 'queued', 'train'],
    cant: [['finished', 'done', 'broke', 'old-done'], ['suspended', 'held', 'old-held'], ['deleting', 'going'], ['type', 'old']],
  }));

test('what can be resumed is suspended, and held by no queue', () =>
  expect(named('resume', all)).toEqual({
    can: ['held'],
    cant: [['running', 'runs', 'waits', 'old', 'train'], ['finished', 'done', 'broke', 'old-done'], ['queued', 'queued'], ['deleting', 'going'], ['type', 'old-held']],
  }));

test('all can be deleted but what is being deleted, and old types', () =>
  expect(named('delete', all)).toEqual({
    can: ['runs', 'done', 'waits', 'broke', 'held', 'queued', 'train'],
    cant: [['deleting', 'going'], ['type', 'old', 'old-held', 'old-done']],
  }));

test('where one may not, none is done', () =>
  expect(named('delete', [of('mine', 'Running'), of('theirs', 'Running', { namespace: 'team-b' })], (n) => n === 'team-a')).toEqual({ can: ['mine'], cant: [['right', 'theirs']] }));
