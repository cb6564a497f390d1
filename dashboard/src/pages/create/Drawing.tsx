import type { Spec } from '~/api/types';
import { words } from '~/words/words';

/** So many Workers are drawn; of more the last stands for the rest. */
const most = 12;

/** count is a whole number from 0 on; undefined for anything else. */
const count = (n: unknown): number | undefined => (typeof n === 'number' && Number.isInteger(n) && n >= 0 ? n : undefined);

/** Drawing is the job to be: the Launcher, its Workers, and the ranks in each. */
export function Drawing({ spec }: { spec: Spec }) {
  // What YAML says may be no number.
  const workers = count(spec.workers) ?? 0;
  const gpus = count(spec.gpusPerWorker) ?? 0;
  const slots = Math.max(count(spec.slotsPerWorker) ?? (gpus || 1), 1);
  const shown = Math.min(workers, most);
  const columns = Math.min(Math.max(shown, 1), 4);
  const rows = Math.ceil(shown / 4);
  const width = columns * 100;
  const whole = Math.max(width, 120);
  return (
    <svg viewBox={`0 0 ${whole} ${70 + rows * 62}`} role="img" aria-label={words.create.drawn(workers, slots, gpus)} style={{ maxInlineSize: '100%', inlineSize: `${whole * 1.15}px` }}>
      <g fill="none" stroke="currentColor">
        <rect x={width / 2 - 45} y={4} width={90} height={30} rx={6} />
        {Array.from({ length: shown }, (_, i) => {
          const x = (i % 4) * 100 + 8;
          const y = 70 + Math.floor(i / 4) * 62;
          return (
            <g key={i}>
              <path d={`M${width / 2} 34 L${x + 42} ${y}`} strokeDasharray="3 3" opacity={0.5} />
              <rect x={x} y={y} width={84} height={48} rx={6} />
            </g>
          );
        })}
      </g>
      <g fill="currentColor" fontSize={11} textAnchor="middle">
        <text x={width / 2} y={23}>
          {words.create.launcher}
        </text>
        {Array.from({ length: shown }, (_, i) => {
          const x = (i % 4) * 100 + 50;
          const y = 70 + Math.floor(i / 4) * 62;
          const rest = i === most - 1 && workers > most;
          return (
            <g key={i}>
              <text x={x} y={y + 19}>
                {rest ? words.create.rest(workers - most + 1) : words.create.worker(i)}
              </text>
              <text x={x} y={y + 36} opacity={0.8}>
                {rest ? '' : words.create.ranks(i * slots, slots)}
              </text>
            </g>
          );
        })}
      </g>
    </svg>
  );
}
