import type { Curve, Usage } from '~/api/types';

import { measuresOf, most, summary } from './series';

const time = (s: number) => new Date(1e12 + s * 1000).toISOString();
const member = (index: number, memory: number[], gpu?: number) => ({
  source: index < 0 ? 'Launcher' : `Worker ${index}`,
  index,
  points: memory.map((m, i) => ({ time: time(i * 15), cpuCores: 1.5, memoryBytes: m * 2 ** 30, ...(gpu !== undefined && { gpuPercent: gpu }) })),
});
const curve = (members: Curve['members']): Curve => ({ namespace: 'n', job: 'j', everySeconds: 15, members });
const usage = (limits: number[]): Usage => ({
  namespace: 'n',
  job: 'j',
  phase: 'Running',
  members: limits.map((l, i) => ({ source: `Worker ${i}`, index: i, phase: 'Running', cpuCores: 1, memoryBytes: 1, memoryLimitBytes: l * 2 ** 30 })),
});

test('what is measured is drawn; GPUs only where they are', () => {
  const keys = (c: Curve) => measuresOf(c, undefined).map((m) => m.key);
  expect(keys(curve([member(0, [1])]))).toEqual(['cpu', 'memory']);
  expect(keys(curve([member(0, [1], 50)]))).toEqual(['cpu', 'memory', 'gpu']);
  expect(keys(curve([member(0, [])]))).toEqual([]);
  expect(keys(curve(null))).toEqual([]);
});

test('of many Workers those are drawn that used most, in their own order', () => {
  const [, memory] = measuresOf(curve(Array.from({ length: 20 }, (_, i) => member(i, [0.1, i % 2 === 0 ? i : 0.5]))), undefined);
  expect(memory?.lines.map((l) => l.name)).toEqual([4, 6, 8, 10, 12, 14, 16, 18].map((i) => `Worker ${i}`));
  expect(memory?.left).toBe(20 - most);
});

test('a limit is drawn where it is the same for all', () => {
  const limit = (limits: number[]) => measuresOf(curve(limits.map((_, i) => member(i, [1]))), usage(limits)).find((m) => m.key === 'memory')?.limit;
  expect(limit([2, 2])).toBe(2);
  expect(limit([2, 4])).toBeUndefined();
  expect(limit([0, 0])).toBeUndefined();
});

test('a chart in words says what is used now, and most', () => {
  const [, memory] = measuresOf(curve([member(-1, [0.25]), member(0, [2, 1.5])]), undefined);
  expect(memory && summary(memory)).toBe('Launcher: 256 MiB, at most 256 MiB; Worker 0: 1.5 GiB, at most 2.0 GiB');
});
