import type { ComparedField } from '~/api/types';

import { byGroup, fieldTitle, others } from './fields';

const field = (group: ComparedField['group'], name: string, differs: boolean): ComparedField => ({ group, field: name, values: ['a', differs ? 'b' : 'a'], differs });
const fields = [field('outcome', 'phase', true), field('spec', 'image', false), field('spec', 'workers', true), field('durations', 'ran', false)];

test('only what differs is shown, unless all is asked for', () => {
  expect(byGroup(fields, false).map(([g, of]) => [g, of.map((f) => f.field)])).toEqual([['spec', ['workers']], ['outcome', ['phase']]]);
  expect(byGroup(fields, true).map(([g, of]) => [g, of.map((f) => f.field)])).toEqual([['spec', ['image', 'workers']], ['durations', ['ran']], ['outcome', ['phase']]]);
});

test('fields have words, variables their names, and paths none', () => {
  expect(fieldTitle('memoryPerWorker')).toBe('Memory per Worker');
  expect(fieldTitle('env NCCL_DEBUG')).toBe('Variable NCCL_DEBUG');
  expect(fieldTitle('spec.runPolicy.backoffLimit')).toBeUndefined();
});

test('values are marked that are not the first job’s', () => expect(others(['a', 'a', 'b', ''])).toEqual([false, false, true, true]));
