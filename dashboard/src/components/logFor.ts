import type { Detail, Member } from '~/api/types';

import { finished } from './may';

type Of = Pick<Detail, 'phase' | 'launcherPod'>;

/** hasLog says whether a member has a log, or may have one yet: of a job that is over it went with the pod. */
export const hasLog = (job: Pick<Of, 'phase'>, member: Member): boolean => member.pod !== undefined || !finished(job);

/** logFor is whose log tells of a member, or of the job as a whole: its own, or the Launcher's, which has what all ranks print; undefined where both are gone. */
export function logFor(job: Of, member: Member | undefined): Member | undefined {
  return [member, job.launcherPod].find((m) => m !== undefined && hasLog(job, m));
}
