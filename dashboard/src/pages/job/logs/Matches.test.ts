import type { LogLine } from '~/api/types';

import { Matches } from './Matches';

const line = (text: string) => ({ where: 'Launcher', text }) as LogLine;

test('matches are found in what is there and in what comes', () => {
  const lines = ['an ERROR', 'fine', 'error again'].map(line);
  const m = new Matches('error');
  expect(m.in(lines, 0)).toEqual([0, 2]);
  lines.push(line('fine'), line('Error'));
  expect(m.in(lines, 0)).toEqual([0, 2, 4]);
});

test('what has been searched is not searched again', () => {
  const lines = [line('error')];
  const m = new Matches('error');
  m.in(lines, 0);
  const read = vi.fn(() => 'error');
  Object.defineProperty(lines[0], 'text', { get: read });
  m.in(lines, 0);
  expect(read).not.toHaveBeenCalled();
});

test('lines that have gone move the others', () => {
  const lines = ['fine', 'fine', 'error'].map(line);
  const m = new Matches('error');
  expect(m.in(lines, 0)).toEqual([2]);
  lines.splice(0, 2);
  lines.push(line('fine'), line('fine'), line('error'));
  expect(m.in(lines, 2)).toEqual([0, 3]);
});

test('another log is searched from its beginning', () => {
  const m = new Matches('error');
  m.in([line('fine'), line('error')], 0);
  expect(m.in([line('error'), line('fine'), line('error')], 0)).toEqual([0, 2]);
});

test('nothing is no match', () => expect(new Matches('').in([line('error')], 0)).toEqual([]));
