import type { Detail } from '~/api/types';
import { launcherLast } from '~/api/members';
import { tells } from '~/components/tells';
import { words } from '~/words/words';

/** heldBack is the cluster's own words on the first part of a job that waits, where the job's message hasn't got them; undefined where there are none. */
export function heldBack(job: Detail): string | undefined {
  if (!tells(job)) return undefined;
  const waiting = launcherLast(job).filter((m) => m.phase === 'Pending' && m.message);
  const first = waiting[0];
  if (!first?.message || job.message?.includes(first.message)) return undefined;
  return words.job.heldBack(first.where, waiting.filter((m) => m.message === first.message).length - 1, first.message);
}
