import type { Curve, Usage } from '~/api/types';
import { words } from '~/words/words';

/** Measure is one thing that is measured; values are in its own unit. */
export interface Measure {
  key: 'cpu' | 'memory' | 'gpu';
  /** The limit of a pod, where there is one and it is the same for all shown. */
  limit?: number;
  lines: Line[];
  /** How many Workers have a line that isn't shown. */
  left: number;
}

export interface Line {
  name: string;
  points: { x: number; y: number }[];
}

/** So many lines one can tell from each other. */
export const most = 8;

const gib = 1 << 30;

type Point = NonNullable<NonNullable<Curve['members']>[number]['points']>[number];

const values: Record<Measure['key'], (p: Point) => number | undefined> = {
  cpu: (p) => p.cpuCores,
  memory: (p) => p.memoryBytes / gib,
  gpu: (p) => p.gpuPercent,
};

/** measuresOf are the curves to draw: of many Workers those that use most, which one looks for. */
export function measuresOf(curve: Curve, usage: Usage | undefined): Measure[] {
  const out: Measure[] = [];
  for (const key of ['cpu', 'memory', 'gpu'] as const) {
    const lines: Line[] = [];
    for (const m of curve.members ?? []) {
      const points = (m.points ?? []).flatMap((p) => {
        const y = values[key](p);
        return y === undefined ? [] : [{ x: Date.parse(p.time), y }];
      });
      if (points.length > 0) lines.push({ name: m.source, points });
    }
    if (lines.length === 0) continue;
    const peak = (l: Line) => Math.max(...l.points.map((p) => p.y));
    const shown = [...lines].sort((a, b) => peak(b) - peak(a)).slice(0, most);
    const names = new Set(shown.map((l) => l.name));
    const limit = limitOf(key, usage, names);
    out.push({ key, lines: lines.filter((l) => names.has(l.name)), left: lines.length - shown.length, ...(limit !== undefined && { limit }) });
  }
  return out;
}

function limitOf(key: Measure['key'], usage: Usage | undefined, names: ReadonlySet<string>): number | undefined {
  const limits = new Set<number>();
  for (const m of usage?.members ?? []) {
    if (!names.has(m.source) || m.index < 0) continue;
    if (key === 'cpu') limits.add(m.cpuLimitCores ?? 0);
    if (key === 'memory') limits.add((m.memoryLimitBytes ?? 0) / gib);
    if (key === 'gpu') limits.add(100);
  }
  const [only] = limits;
  return limits.size === 1 && only ? only : undefined;
}

/** summary is a chart in words. */
export function summary(m: Measure): string {
  return m.lines
    .map((l) => {
      const ys = l.points.map((p) => p.y);
      return words.job.metrics.line(l.name, words.job.metrics.amount[m.key](ys.at(-1) ?? 0), words.job.metrics.amount[m.key](Math.max(...ys)));
    })
    .join('; ');
}
