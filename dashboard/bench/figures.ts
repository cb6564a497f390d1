import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where every figure is left. */
export const file = fileURLToPath(new URL('../test-results/bench-ui.json', import.meta.url));

/** quantile is the value that q of them don't exceed. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? NaN;
}

export const ms = (n: number) => `${Math.round(n)} ms`.padStart(9);

/** keep leaves what one bench has measured beside what the others have, with how busy the machine is: that explains much. */
export function keep(name: string, figures: object) {
  let all: object = {};
  try {
    all = JSON.parse(readFileSync(file, 'utf8')) as object;
  } catch {
    // The first one.
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...all, [name]: { load: loadavg()[0], ...figures } }, null, 1)}\n`);
}

/** table prints lines of figures under their titles, and how busy the machine is. */
export function table(title: string, lines: readonly string[]) {
  console.log([`${title}   (load ${(loadavg()[0] ?? NaN).toFixed(1)})`, ...lines].join('\n'));
}
