import { job } from '~/test/fixtures';

import { offersOf } from './offers';

test.each([
  ['what mends it is known', { remedy: { memoryPerWorker: '1Gi' }, mend: 'memoryPerWorker', needsChange: true }, { copy: 'fix', retry: false }],
  ['a field is known', { mend: 'command', needsChange: true }, { copy: 'command', retry: false }],
  ['a field is known, or it was mended around the job', { mend: 'image' }, { copy: 'image', retry: true }],
  ['something else has to change', { needsChange: true }, { copy: 'form', retry: false }],
  ['it was lost underneath', { remedy: {} }, { retry: true }],
  ['only a person knows', {}, { retry: true }],
  ['a field this page doesn’t know', { mend: 'colour' }, { retry: true }],
] as const)('%s', (_name, of, want) => {
  expect(offersOf(job({ phase: 'Failed', ...of }))).toEqual(want);
});

test('of a type that is only shown, nothing', () => expect(offersOf(job({ type: 'PyTorchJob', phase: 'Failed', needsChange: true }))).toEqual({ retry: false }));
