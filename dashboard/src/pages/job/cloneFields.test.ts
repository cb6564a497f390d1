import { failed } from '~/test/fixtures';

import { changesOf, valuesOf } from './cloneFields';

const was = valuesOf(failed());

test('nothing changed is nothing to change', () => expect(changesOf(was, was)).toEqual({ ok: true, changes: {} }));

test('numbers are numbers, amounts are amounts', () =>
  expect(changesOf(was, { ...was, workers: '8', memoryPerWorker: '1Gi' })).toEqual({ ok: true, changes: { workers: 8, memoryPerWorker: '1Gi' } }));

test('what a fix changes elsewhere comes along, what is taken back does not', () =>
  expect(changesOf(was, was, { memoryPerWorker: '1Gi', command: ['x'] })).toEqual({ ok: true, changes: { command: ['x'] } }));

test.each([
  ['the default, which a copy gets anew', { timeLimitSeconds: 86_400, timeLimitIsDefault: true }, ''],
  ['the project’s, too', { timeLimitSeconds: 3_600, timeLimitIsNamespaces: true }, ''],
  ['its own', { timeLimitSeconds: 172_800 }, '48h'],
  ['none', {}, 'none'],
])('the time limit of a job is %s', (_name, of, want) => {
  const values = valuesOf(failed(of));
  expect(values.timeLimit).toBe(want);
  expect(changesOf(values, values)).toEqual({ ok: true, changes: {} });
  expect(changesOf(values, { ...values, timeLimit: '2d' })).toEqual({ ok: true, changes: { timeLimit: '2d' } });
  expect(changesOf(values, { ...values, timeLimit: '' }).ok).toBe(want === '');
});

test('every problem is said at once', () => {
  const got = changesOf(was, { ...was, workers: 'many', memoryPerWorker: 'lots', image: '' });
  expect(got.ok).toBe(false);
  if (!got.ok) expect(Object.keys(got.problems).sort()).toEqual(['image', 'memoryPerWorker', 'workers']);
});
