import { lineHeight, shown } from './useRows';

test('of a million lines those on the screen are drawn, and a few around them', () => {
  const items = shown(500_000 * lineHeight, 630, 1_000_000);
  expect(items[0]).toEqual({ index: 499_970, start: 499_970 * lineHeight });
  expect(items.at(-1)?.index).toBe(500_059);
});

test('a log that fits is drawn whole', () => {
  expect(shown(0, 630, 3).map((i) => i.index)).toEqual([0, 1, 2]);
  expect(shown(0, 630, 0)).toEqual([]);
});

test('a view that has just lost its lines shows the last ones', () => {
  expect(shown(1_000_000, 630, 10).at(-1)?.index).toBe(9);
});
