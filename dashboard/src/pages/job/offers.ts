import type { Job } from '~/api/types';
import { may } from '~/components/may';
import { words } from '~/words/words';

/** A field of a clone that can mend a failure, though only a person knows its value. */
export type MendField = keyof typeof words.job.failure.cloneWith;

/** What is offered of a failed job: one copy that may do better, and the same again unless that fails as it did. */
export interface Offers {
  /** The remedy is known; a field of the clone is to be filled in; what has to change is in the whole form only. */
  copy?: 'fix' | MendField | 'form';
  retry: boolean;
}

const isField = (mend: string | undefined): mend is MendField => mend !== undefined && mend in words.job.failure.cloneWith;

/** mendOf is the field of a clone that can mend a failure, where this page knows it. */
export const mendOf = (job: Pick<Job, 'mend'>): MendField | undefined => (isField(job.mend) ? job.mend : undefined);

/** offersOf is what may help, of a type that can be copied. */
export function offersOf(job: Pick<Job, 'type' | 'phase' | 'remedy' | 'mend' | 'needsChange'>): Offers {
  const retry = may.retry(job) && job.needsChange !== true;
  if (!may.clone(job)) return { retry };
  if (job.remedy !== undefined && Object.keys(job.remedy).length > 0) return { copy: 'fix', retry };
  if (isField(job.mend)) return { copy: job.mend, retry };
  return job.needsChange === true ? { copy: 'form', retry } : { retry };
}
