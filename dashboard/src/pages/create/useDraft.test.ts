import { act, renderHook } from '@testing-library/react';

import * as drafts from './draft';
import { useDraft } from './useDraft';

/** yaml is a job of so many variables. */
const yaml = (name: string, variables: number): drafts.Draft => ({
  view: 'yaml',
  text: `name: ${name}\nimage: train:1\ncommand: [x]\nenv:\n${Array.from({ length: variables }, (_, i) => `  - name: V${i}\n    value: "${i}"\n`).join('')}`,
});
const short = (name: string) => yaml(name, 10);
const long = (name: string) => yaml(name, 500);

/** In this clock a reading takes so long, in ms. */
const takes = 100;

beforeEach(() => {
  vi.useFakeTimers();
  const read = drafts.said;
  vi.spyOn(drafts, 'said').mockImplementation((of) => {
    vi.setSystemTime(Date.now() + takes);
    return read(of);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const reads = () => vi.mocked(drafts.said).mock.calls.length;
const begin = (draft: drafts.Draft) => renderHook(() => useDraft(draft)).result;

test('a short text is read with every letter, and so is a form', () => {
  const it = begin(short('a'));
  for (const next of [short('ab'), short('abc'), drafts.nothing]) {
    act(() => it.current.change(next));
    expect(it.current).toMatchObject({ draft: next, behind: false });
  }
  expect(reads()).toBe(4);
});

test('a long one is there with every letter, and read once typing has paused', () => {
  const it = begin(long('a'));
  for (const name of ['ab', 'abc', 'abcd']) {
    act(() => it.current.change(long(name)));
    expect(it.current).toMatchObject({ draft: long(name), behind: true, said: { spec: { name: 'a' } } });
    act(() => void vi.advanceTimersByTime(4 * takes - 1));
  }
  expect(reads()).toBe(1);
  act(() => void vi.advanceTimersByTime(1));
  expect(it.current).toMatchObject({ behind: false, said: { spec: { name: 'abcd' } } });
  expect(reads()).toBe(2);
});

test('what is to be done now is done with what is written now, which is read but once', () => {
  const it = begin(long('a'));
  act(() => it.current.change(long('ab')));
  let said: drafts.Said | undefined;
  act(() => void (said = it.current.now()));
  expect(said?.spec?.name).toBe('ab');
  expect(it.current.said).toBe(said);
  expect(it.current.now()).toBe(said);
  act(() => void vi.runAllTimers());
  expect(reads()).toBe(2);
});

test('a text that is long in coming is not read after the form has taken its place', () => {
  const it = begin(long('a'));
  act(() => it.current.change(long('ab')));
  act(() => it.current.change(drafts.nothing));
  act(() => void vi.runAllTimers());
  expect(it.current).toMatchObject({ draft: drafts.nothing, behind: false, said: { text: [] } });
  expect(reads()).toBe(2);
});

test('nothing is read once the page is left', () => {
  const { result, unmount } = renderHook(() => useDraft(long('a')));
  act(() => result.current.change(long('ab')));
  unmount();
  vi.runAllTimers();
  expect(reads()).toBe(1);
});
