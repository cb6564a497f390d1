import { words } from '~/words/words';

import { changedBy, lineOf, programChanges, programOf } from './programChanges';

const none = { env: [] };

test('what a job runs is its command with its arguments, where the simple form says it', () => {
  expect(lineOf({ command: ['python', 'train.py'], args: ['--name', 'a b'] })).toBe('python train.py --name "a b"');
  expect(lineOf({ command: [`a'b"c`] })).toBeUndefined();
  expect(lineOf(undefined)).toBeUndefined();
});

test.each([
  ['untouched', 'python a.py', none, {}],
  ['as it was', 'python a.py', { ...none, command: 'python a.py ' }, {}],
  ['another', 'python a.py', { ...none, command: 'python "b c.py"' }, { command: ['python', 'b c.py'] }],
  ['said where it was not known', undefined, { ...none, command: 'python b.py' }, { command: ['python', 'b.py'] }],
  ['left empty where it was not known', undefined, { ...none, command: '' }, {}],
])('a command that is %s', (_how, was, now, want) => expect(programChanges(was, now)).toEqual({ changes: want, problems: {} }));

test('a command can’t be taken away', () => expect(programChanges('python a.py', { ...none, command: ' ' }).problems).toHaveProperty('command'));

test('a command whose quote is not closed is refused', () => {
  expect(programChanges('pi', { ...none, command: 'sh -c "pi' })).toEqual({ changes: {}, problems: { command: words.create.unclosed } });
});

test('variables have names; empty rows are none', () => {
  expect(programChanges(undefined, { env: [{ name: ' LR ', value: '' }, {}, { name: '', value: '' }] })).toEqual({ changes: { env: [{ name: 'LR', value: '' }] }, problems: {} });
  expect(programChanges(undefined, { env: [{ value: '1' }] }).problems).toHaveProperty('env');
});

test('what a fix has run otherwise is what was typed', () => {
  expect(programOf({ command: ['a', 'b c'], env: [{ name: 'X', value: '1' }] })).toEqual({ command: 'a "b c"', env: [{ name: 'X', value: '1' }] });
  expect(programOf(undefined)).toEqual({ env: [] });
});

test('what of a fix can’t be typed comes along, what was taken back does not', () => {
  const over = (fix: Parameters<typeof changedBy>[0], now = programOf(fix)) => changedBy(fix, now, programChanges('a', now));
  expect(over({ workers: 2, command: [`a'b"c`] })).toEqual({ workers: 2, command: [`a'b"c`] });
  expect(over({ workers: 2, command: ['b'], env: [{ name: 'X', value: '1' }] }, { command: 'a', env: [] })).toEqual({ workers: 2 });
});
