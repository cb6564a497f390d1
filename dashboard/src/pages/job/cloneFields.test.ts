import { failed } from '~/test/fixtures';

import { changesOf, valuesOf } from './cloneFields';

const was = valuesOf(failed());

test('nothing changed is nothing to change', () => expect(changesOf(was, was)).toEqual({ ok: true, changes: {} }));

test('numbers are numbers, amounts are amounts', () =>
  expect(changesOf(was, { ...was, workers: '8', memoryPerWorker: '1Gi' })).toEqual({ ok: true, changes: { workers: 8, memoryPerWorker: '1Gi' } }));

test('what a fix changes elsewhere comes along, what is taken back does not', () =>
  expect(changesOf(was, was, { memoryPerWorker: '1Gi', command: ['x'] })).toEqual({ ok: true, changes: { command: ['x'] } }));

test('every problem is said at once', () => {
  const got = changesOf(was, { ...was, workers: 'many', memoryPerWorker: 'lots', image: '' });
  expect(got.ok).toBe(false);
  if (!got.ok) expect(Object.keys(got.problems).sort()).toEqual(['image', 'memoryPerWorker', 'workers']);
});
