import type { Job } from '~/api/types';
import { words } from '~/words/words';

import { since, span } from './time';
import { useNow } from './useNow';

/** Elapsed is how long a job has run, or ran; it goes on while the job does. */
export function Elapsed({ job }: { job: Pick<Job, 'started' | 'finished' | 'durationSeconds'> }) {
  const { started } = job;
  const text = useNow((now) => {
    if (!started) return words.none;
    return span(job.finished ? (job.durationSeconds ?? 0) : since(started, now));
  });
  return <>{text}</>;
}
