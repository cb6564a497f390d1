import type { Progress, ProgressCurve, ProgressLine } from '~/api/types';
import { words } from '~/words/words';

const w = words.progress;

/** Told is one number of a program: as it is now, and as it was. */
export interface Told {
  title: string;
  /** It is how far the program is. */
  percent: boolean;
  now: number;
  /** What was kept of it; undefined of one of which only the newest is known. */
  line?: ProgressLine | undefined;
}

/** toldBy are the numbers of a program: how far it is, then its metrics in its order. */
export function toldBy(progress: Progress, curve: ProgressCurve | undefined): Told[] {
  const out: Told[] = [];
  // Of one that succeeded no percentage is told: whatever it was, it is over.
  if (progress.percent !== undefined) out.push({ title: w.chart, percent: true, now: progress.percent, line: curve?.percent });
  const lines = new Map((curve?.training ?? []).map((l) => [l.name, l]));
  for (const m of progress.metrics ?? []) {
    out.push({ title: m.name, percent: false, now: m.value, line: lines.get(m.name) });
    lines.delete(m.name);
  }
  // What it tells at other times, such as what it evaluates.
  for (const line of lines.values()) {
    const now = line.points?.at(-1)?.value;
    if (now !== undefined) out.push({ title: line.name, percent: false, now, line });
  }
  return out;
}

/** drawn says whether there is a line to draw. */
export function drawn(told: Told): told is Told & { line: ProgressLine } {
  return (told.line?.points?.length ?? 0) > 1;
}

/** valueOf is one of a number's values, in words. */
export function valueOf(told: Told, value: number): string {
  return told.percent ? w.percent(value) : w.value(value);
}

/** domain is the part of the scale that is drawn: a percentage's whole, else from the smallest to the largest value. */
export function domain(told: Told & { line: ProgressLine }): [number, number] {
  if (told.percent) return [0, 100];
  const { min, max } = told.line;
  const room = (max - min) * 0.08 || Math.abs(max) * 0.1 || 1;
  return [min - room, max + room];
}

/** summary is a line in words. */
export function summary(told: Told & { line: ProgressLine }): string {
  const { line } = told;
  return w.line(told.title, valueOf(told, told.now), valueOf(told, line.min), valueOf(told, line.max), line.reports);
}

/** clock is a moment as a short time, with its day where the moments lie more than a day apart. */
export function clock(at: number, apart: number): string {
  const day = apart > 86_400_000 ? ({ day: 'numeric', month: 'short' } as const) : {};
  return new Date(at).toLocaleString(undefined, { ...day, hour: '2-digit', minute: '2-digit', ...(apart < 300_000 && { second: '2-digit' }) });
}
