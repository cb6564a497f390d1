import { readFileSync } from 'node:fs';

import { hours, left, moment, span } from './time';

test.each([
  [0, '0s'],
  [0.9, '0s'],
  [59, '59s'],
  [60, '1m'],
  [61, '1m1s'],
  [3_600, '1h'],
  [3_661, '1h1m'],
  [90_000, '1d1h'],
  [86_400, '1d'],
  [-5, '0s'],
])('%d seconds are %s', (seconds, want) => expect(span(seconds)).toBe(want));

test.each([
  [86_400, '24h'],
  [172_800, '48h'],
  [5_400, '1h30m'],
])('a limit of %d seconds is %s', (seconds, want) => expect(hours(seconds)).toBe(want));

// The command's own test has the same cases.
const cases = JSON.parse(readFileSync('../internal/cli/printer/testdata/left.json', 'utf8')) as Record<string, string>;

test.each(Object.entries(cases))('of %s seconds is left: %s', (seconds, want) => expect(left(Number(seconds))).toBe(want));

test('there are cases', () => expect(Object.keys(cases).length).toBeGreaterThan(10));

test('a moment is written as dates and times are where one is', () => expect(moment('2026-01-02T03:04:05Z')).toBe(new Date('2026-01-02T03:04:05Z').toLocaleString()));
