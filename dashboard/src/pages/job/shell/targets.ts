import type { Detail, Member } from '~/api/types';
import { launcherLast } from '~/api/members';
import { typeOf } from '~/jobtypes';
import { words } from '~/words/words';

const w = words.job.shell;

/** targets are where a shell can be opened now: in the Workers that run, and the Launcher, last. */
export function targets(job: Detail): Member[] {
  return launcherLast(job).filter((m) => m.phase === 'Running');
}

/** whyNot is why no shell can be opened; undefined where one can. What the caller may is undefined until it is known. */
export function whyNot(job: Detail, may: boolean | undefined): string | undefined {
  if (may === false) return w.forbidden(job.namespace);
  return targets(job).length === 0 ? typeOf(job).words.noneRuns : undefined;
}
