import type { Detail, Member } from './types';

type Of = Pick<Detail, 'launcherPod' | 'workerPods'>;

/** membersOf are a job's pods, there or not: the Launcher, where its type has one, and the others. */
export const membersOf = ({ launcherPod, workerPods }: Of): Member[] => [...(launcherPod ? [launcherPod] : []), ...(workerPods ?? [])];

/** launcherLast are the same, in the order in which one looks for what is wrong. */
export const launcherLast = ({ launcherPod, workerPods }: Of): Member[] => [...(workerPods ?? []), ...(launcherPod ? [launcherPod] : [])];
