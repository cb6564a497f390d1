import type { ProgressCurve, ProgressLine } from '~/api/types';

import { clock, domain, drawn, summary, toldBy } from './training';

const line = (name: string, values: number[], more: Partial<ProgressLine> = {}): ProgressLine => ({
  name,
  reports: values.length,
  min: Math.min(...values),
  max: Math.max(...values),
  points: values.map((value, i) => ({ time: new Date(1e12 + i * 10_000).toISOString(), value })),
  ...more,
});
const curve = (of: Partial<ProgressCurve>): ProgressCurve => ({ namespace: 'n', job: 'j', since: '2026-01-02T10:00:00Z', training: [], ...of });
const at = '2026-01-02T10:00:00Z';

test('the newest report leads; what it lacks, such as an evaluation, follows', () => {
  const all = toldBy({ at, percent: 40, metrics: [{ name: 'lr', value: 2 }, { name: 'loss', value: 1 }] }, curve({ percent: line('percent', [10, 40]), training: [line('loss', [3, 1]), line('eval_loss', [7, 5]), line('lr', [2])] }));
  expect(all.map((t) => [t.title, t.now, drawn(t)])).toEqual([
    ['Progress, in percent', 40, true],
    ['lr', 2, false],
    ['loss', 1, true],
    ['eval_loss', 5, true],
  ]);
});

test('before the curve is there, and of a metric that is not kept, the newest is shown', () => {
  expect(toldBy({ at, metrics: [{ name: 'loss', value: 1 }] }, undefined)).toEqual([{ title: 'loss', percent: false, now: 1, line: undefined }]);
});

test('of a job that succeeded no percentage is told', () => {
  expect(toldBy({ at, metrics: [] }, curve({ percent: line('percent', [10, 97]) }))).toEqual([]);
});

test('a metric may have any name', () => {
  const [percent, metric] = toldBy({ at, percent: 1, metrics: [{ name: 'percent', value: 0.5 }] }, curve({ percent: line('percent', [0, 1]), training: [line('percent', [0.25, 0.5])] }));
  expect(percent && drawn(percent) && [domain(percent), summary(percent)]).toEqual([[0, 100], 'Progress, in percent: now 1%, least 0%, most 1%, of 2 reports']);
  expect(metric && drawn(metric) && summary(metric)).toBe('percent: now 0.5, least 0.25, most 0.5, of 2 reports');
});

test('the scale has room about all values, also about one that never changes', () => {
  const of = (values: number[]) => domain({ title: 'x', percent: false, now: 0, line: line('x', values) });
  const [low, high] = of([-1, 3]);
  expect(low).toBeLessThan(-1);
  expect(high).toBeGreaterThan(3);
  expect(of([5, 5])).toEqual([4.5, 5.5]);
  expect(of([0, 0])).toEqual([-1, 1]);
});

test('the extremes are those of all reports, not of the points that are drawn', () => {
  const [told] = toldBy({ at, metrics: [{ name: 'loss', value: 2 }] }, curve({ training: [line('loss', [3, 2], { min: 0.5, max: 90, reports: 1000 })] }));
  expect(told && drawn(told) && summary(told)).toBe('loss: now 2, least 0.5, most 90, of 1000 reports');
});

test('a time has its day where days pass, and seconds where minutes do', () => {
  const parts = (apart: number) => clock(Date.parse('2026-01-02T10:00:00Z'), apart).split(/\D+/).filter(Boolean).length;
  expect([parts(60_000), parts(3_600_000), parts(2 * 86_400_000)]).toEqual([3, 2, 3]);
});
