import type { Detail } from '~/api/types';

type Events = NonNullable<Detail['events']>;

/** Ended is how attempts of a job ended, and when the last one of those that ended so did. */
export interface Ended {
  at: string;
  /** The cause after which it was tried again; absent where it was suspended. */
  why?: string;
  times: number;
}

const restarting = 'MPIJobRestarting';
const suspended = 'MPIJobSuspended';
/** What the controller puts before the cause. */
// eslint-disable-next-line no-restricted-syntax -- it is looked for, and not shown
const before = 'Trying again after: ';

/** hasAttempts says whether a job was started more than once, of which its page knows. */
export function hasAttempts(job: Detail): boolean {
  return (job.attempt ?? 1) > 1 || restarted(job).length > 0 || (job.events ?? []).some((e) => e.reason === restarting);
}

/** restarted are the Workers whose container was started again in its place. */
export function restarted(job: Detail): number[] {
  return (job.workerPods ?? []).filter((w) => (w.restarts ?? 0) > 0).map((w) => w.index);
}

/** endedOf are the ends of a job's earlier attempts, the newest first, as its events tell them. */
export function endedOf(job: Detail, events: Events): Ended[] {
  const out: Ended[] = [];
  // One that was made suspended was stopped by nobody: only what began again counts.
  let stops = Math.max(0, (job.attempt ?? 1) - 1);
  for (const e of [...events].reverse()) {
    if (e.about !== 'MPIJob') continue;
    if (e.reason === restarting) out.push({ at: e.at, why: e.message.startsWith(before) ? e.message.slice(before.length) : e.message, times: e.count });
    if (e.reason === suspended && stops > 0) {
      const times = Math.min(e.count, stops);
      out.push({ at: e.at, times });
      stops -= times;
    }
  }
  return out;
}

/** unknownOf is of how many earlier attempts the events tell nothing. */
export function unknownOf(job: Detail, ended: readonly Ended[]): number {
  return Math.max(0, (job.attempt ?? 1) - 1 - ended.reduce((n, e) => n + e.times, 0));
}
