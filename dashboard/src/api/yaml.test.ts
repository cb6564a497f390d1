import { LineCounter } from 'yaml';

import { documentOf, fromYaml, toYaml } from './yaml';

// What sigs.k8s.io/yaml, which kubectl, odh and the service read with, makes of the same.
test.each([
  ['0400', 256],
  ['on', true],
  ['off', false],
  ['"off"', 'off'],
  ['2024-01-01', '2024-01-01'],
  ['1:30', '1:30'],
  ['1_000', 1000],
  ['2.10', 2.1],
  ['~', null],
])('%s is read as kubectl reads it', (text, want) => {
  expect(fromYaml(`a: ${text}`)).toEqual({ a: want });
});

test('anchors merge', () => {
  expect(fromYaml('base: &b {x: 1}\nmore: {<<: *b, z: 2}')).toMatchObject({ more: { x: 1, z: 2 } });
});

test.each(['off', 'yes', 'n', '1_000', '0400', '1:30', '2024-01-01', 'null', '', '- a', 'a: b', '#', 'é\n'])('the text %j is written so that it stays text', (text) => {
  expect(fromYaml(toYaml({ a: text }))).toEqual({ a: text });
  expect(documentOf(toYaml({ a: text }), new LineCounter())?.errors).toEqual([]);
});
