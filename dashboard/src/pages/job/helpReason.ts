import type { Detail } from '~/api/types';
import { launcherLast } from '~/api/members';
import { tells } from '~/components/tells';

/** What of the help's entries a job may wait for; the controller names these in the job itself. */
const waited = ['Unschedulable', 'GangIncomplete', 'SecretMissing', 'VolumeMissing', 'ContainerConfigInvalid'] as const;

/** The entries of what the scheduler and the kubelet say of a part of it. */
const ofPods: Readonly<Record<string, string>> = {
  Unschedulable: 'Unschedulable',
  VolumeMissing: 'VolumeMissing',
  ErrImagePull: 'ImagePullFailed',
  ImagePullBackOff: 'ImagePullFailed',
  ImageInspectError: 'ImagePullFailed',
  RegistryUnavailable: 'ImagePullFailed',
  InvalidImageName: 'ImageNotFound',
  ErrImageNeverPull: 'ImageNotFound',
  CreateContainerConfigError: 'ContainerConfigInvalid',
  CreateContainerError: 'ContainerConfigInvalid',
  RunContainerError: 'ContainerCommandNotFound',
  CrashLoopBackOff: 'CrashLoop',
};

/** Every entry of the help that a waiting job may lead to. */
export const helpReasons: readonly string[] = [...new Set([...waited, ...Object.values(ofPods)])];

/** helpReason is the help's entry of what a job waits for; undefined where it waits for nothing that has one, such as its turn in a queue. */
export function helpReason(job: Detail): string | undefined {
  if (!tells(job) || job.phase === 'Terminating' || job.phase === 'Suspended') return undefined;
  const own = waited.find((r) => r === job.reason);
  if (own !== undefined) return own;
  for (const { phase, reason = '' } of launcherLast(job)) {
    if (phase === 'Pending' && Object.hasOwn(ofPods, reason)) return ofPods[reason];
  }
  return undefined;
}
