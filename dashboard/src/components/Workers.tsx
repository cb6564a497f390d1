import type { Job } from '~/api/types';
import { words } from '~/words/words';

/** Workers is how many of a job's Workers are ready, as "7/8"; of one that ended how many there were, and had failed. */
export function Workers({ job: { phase, workers } }: { job: Pick<Job, 'phase' | 'workers'> }) {
  const { ready, total, failed = 0 } = workers;
  if (total === 0) return <>{words.none}</>;
  if (phase === 'Succeeded' || phase === 'Failed') return <>{failed === 0 ? total : words.jobs.workersFailed(failed, total)}</>;
  return (
    <span aria-label={words.jobs.workers(ready, total)}>
      {ready}/{total}
    </span>
  );
}
