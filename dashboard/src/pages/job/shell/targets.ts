import type { Detail } from '~/api/types';
import { words } from '~/words/words';

const w = words.job.shell;

/** targets are where a shell can be opened now: in the Workers that run, and the Launcher, as -1, last. */
export function targets(job: Detail): number[] {
  return [...(job.workerPods ?? []), job.launcherPod].filter((m) => m.phase === 'Running').map((m) => m.index);
}

/** whyNot is why no shell can be opened; undefined where one can. What the caller may is undefined until it is known. */
export function whyNot(job: Detail, may: boolean | undefined): string | undefined {
  if (job.type !== 'MPIJob') return w.type(words.types[job.type]);
  if (may === false) return w.forbidden(job.namespace);
  return targets(job).length === 0 ? w.nothing : undefined;
}
