import type { Changes, Job } from '~/api/types';
import { hours } from '~/components/time';
import { words } from '~/words/words';

/** What a copy can have otherwise, as text. */
export interface Values {
  image: string;
  workers: string;
  slotsPerWorker: string;
  cpuPerWorker: string;
  memoryPerWorker: string;
  gpusPerWorker: string;
  /** Empty where nobody asked for one, "none" where there is none. */
  timeLimit: string;
}

type Key = keyof Values;
type Word = 'image' | 'workers' | 'slots' | 'cpu' | 'memory' | 'gpus' | 'timeLimit';

export const fields: readonly { key: Key; word: Word; number: boolean }[] = [
  { key: 'image', word: 'image', number: false },
  { key: 'workers', word: 'workers', number: true },
  { key: 'slotsPerWorker', word: 'slots', number: true },
  { key: 'cpuPerWorker', word: 'cpu', number: false },
  { key: 'memoryPerWorker', word: 'memory', number: false },
  { key: 'gpusPerWorker', word: 'gpus', number: true },
  { key: 'timeLimit', word: 'timeLimit', number: false },
];

const text = (v: string | number | undefined) => (v === undefined ? '' : String(v));

/** limitOf is the time limit that was asked for. */
function limitOf(job: Job): string {
  if (!job.timeLimitSeconds) return 'none';
  return job.timeLimitIsDefault || job.timeLimitIsNamespaces ? '' : hours(job.timeLimitSeconds);
}

/** shown says whether a problem's field is one of these. */
export const shown = (field: string | undefined) => fields.some((f) => f.key === field);

function isJob(of: Job | Changes): of is Job {
  return 'uid' in of;
}

/** valuesOf is what a job has, or what changes would make of it; of changes only what they change. */
export function valuesOf(of: Job): Values;
export function valuesOf(of: Changes): Partial<Values>;
export function valuesOf(of: Job | Changes): Partial<Values> {
  if (isJob(of)) {
    const r = of.resourcesPerWorker;
    return {
      image: text(of.image),
      workers: text(of.workers.total),
      slotsPerWorker: text(of.slotsPerWorker),
      cpuPerWorker: text(r?.cpu),
      memoryPerWorker: text(r?.memory),
      gpusPerWorker: text(r?.gpus),
      timeLimit: limitOf(of),
    };
  }
  const out: Partial<Values> = {};
  for (const f of fields) {
    const v = of[f.key];
    if (v !== undefined) out[f.key] = text(v);
  }
  return out;
}

export type Result = { ok: true; changes: Changes } | { ok: false; problems: Partial<Record<Key, string>> };

const quantity = /^\d+(\.\d+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/;

/** changesOf is what differs. Of a fix, what these fields don't show comes along. */
export function changesOf(was: Values, now: Values, fix: Changes = {}): Result {
  const problems: Partial<Record<Key, string>> = {};
  const changes: Changes = { ...fix };
  for (const f of fields) {
    const v = now[f.key];
    if (v === was[f.key]) {
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the field is one of a copy's
      delete changes[f.key];
    } else if (f.number) {
      if (/^\d{1,6}$/.test(v)) Object.assign(changes, { [f.key]: Number(v) });
      else problems[f.key] = words.job.clone.number;
    } else if (v === '') {
      problems[f.key] = f.key === 'timeLimit' ? words.job.clone.noLimit : words.job.clone.empty;
    } else if (f.key !== 'image' && f.key !== 'timeLimit' && !quantity.test(v)) {
      problems[f.key] = words.job.clone.quantity;
    } else {
      Object.assign(changes, { [f.key]: v });
    }
  }
  return Object.keys(problems).length > 0 ? { ok: false, problems } : { ok: true, changes };
}
