import type { Job } from '~/api/types';
import { words } from '~/words/words';

/** Workers is how many of a job's Workers are ready, as "7/8". */
export function Workers({ workers }: { workers: Job['workers'] }) {
  if (workers.total === 0) return <>{words.none}</>;
  return (
    <span aria-label={words.jobs.workers(workers.ready, workers.total)}>
      {workers.ready}/{workers.total}
    </span>
  );
}
