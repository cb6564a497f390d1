import { plain } from './plain';

test.each([
  ['colours', '\u001b[1;31mred\u001b[0m text', 'red text'],
  ['a title', '\u001b]0;window\u0007text', 'text'],
  ['a progress bar', '10 %\r50 %\r100 %', '100 %'],
  ['a progress bar that ends with a return', '10 %\r50 %\r', '50 %'],
  ['text turned around', 'a\u202ebc', 'abc'],
  ['tabs', 'a\tb', 'a\tb'],
  ['emoji', 'loss ↓ 🎉', 'loss ↓ 🎉'],
])('%s', (_name, text, want) => expect(plain(text)).toBe(want));
