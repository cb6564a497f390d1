import { readFileSync } from 'node:fs';

import { plain } from './plain';

// The service's own test has the same cases: what is downloaded is what is shown.
const cases = JSON.parse(readFileSync('../internal/service/testdata/plain.json', 'utf8')) as { name: string; text: string; plain: string }[];

test.each(cases)('$name', (c) => expect(plain(c.text)).toBe(c.plain));

test('there are cases', () => expect(cases.length).toBeGreaterThan(30));

const long = 1 << 20;

test.each([
  ['beginnings of one character', '\u009d'.repeat(long) + 'x', 'x'],
  ['beginnings', '\u001b]'.repeat(long / 2) + 'x', 'x'],
  ['a sequence without an end', '\u001b[' + '1'.repeat(long), '1'.repeat(long)],
  ['a character set without an end', 'x\u001b' + '('.repeat(long), 'x' + '('.repeat(long)],
  ['returns', '\r'.repeat(long) + 'x', 'x'],
])('a long line of %s is read once', (_name, text, want) => expect(plain(text) === want).toBe(true));
