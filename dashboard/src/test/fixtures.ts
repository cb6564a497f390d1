import type { Detail, Job, Member, Problem } from '~/api/types';

/** job is a running MPIJob of 4 Workers; of gives what is other. */
export function job(of: Partial<Job> = {}): Job {
  return {
    name: 'pi',
    namespace: 'team-a',
    type: 'MPIJob',
    uid: 'uid-pi',
    phase: 'Running',
    workers: { ready: 4, total: 4 },
    slotsPerWorker: 2,
    launcher: 'Running',
    created: '2026-01-02T10:00:00Z',
    started: '2026-01-02T10:00:05Z',
    creator: 'ann',
    ...of,
  };
}

/** problem is a refusal as the service writes it. */
export function problem(status: number, code: string, detail = code): Problem {
  return { type: 'about:blank', title: code, status, code, detail };
}

/** failed is a job of which a rank ran out of memory. */
export function failed(of: Partial<Detail> = {}): Detail & { launcherPod: Member } {
  const worker = (index: number): Member => ({ where: `Worker ${index}`, index, phase: 'Succeeded', pod: `pi-worker-0-${index}`, node: 'gpu-1', ranks: [2 * index, 2 * index + 1] });
  return {
    ...job({ phase: 'Failed', message: 'Worker 1, rank 3: out of memory, 512 of 512 MiB', reason: 'RankOOMKilled', finished: '2026-01-02T10:03:00Z', durationSeconds: 175 }),
    image: 'train:1',
    resourcesPerWorker: { cpu: '2', memory: '512Mi' },
    launcherPod: { where: 'Launcher', index: -1, phase: 'Failed', pod: 'pi-launcher', node: 'cpu-1' },
    workerPods: [worker(0), worker(1), worker(2), worker(3)],
    timeline: [
      { name: 'Created', at: '2026-01-02T10:00:00Z' },
      { name: 'Failed', at: '2026-01-02T10:03:00Z', reason: 'RankOOMKilled' },
    ],
    failure: { reason: 'RankOOMKilled', where: 'Worker 1', rank: 3, signal: 'SIGKILL', limit: 512 << 20, peak: 512 << 20, logTail: ['epoch 3', 'killed'], evidence: "the container's memory counter" },
    advice: 'Give each Worker more memory.',
    docs: 'https://example.com/troubleshooting#rankoomkilled',
    remedy: { memoryPerWorker: '1Gi' },
    mend: 'memoryPerWorker',
    needsChange: true,
    ...of,
  };
}

/** podless is a job whose pods are gone, and their logs with them, but those of these. */
export function podless(job: Detail, but: readonly number[] = [-1]): Detail {
  const without = ({ pod, ...m }: Member): Member => (but.includes(m.index) && pod !== undefined ? { ...m, pod } : m);
  return { ...job, ...(job.launcherPod && { launcherPod: without(job.launcherPod) }), workerPods: (job.workerPods ?? []).map(without) };
}

/** trained is a running TrainJob of two nodes, behind what prepared its data. */
export function trained(of: Partial<Detail> = {}): Detail {
  const node = (index: number): Member => ({ where: `Node ${index}`, index, phase: 'Running', pod: `tune-node-0-${index}`, node: 'gpu-1' });
  return {
    ...job({ name: 'tune', type: 'TrainJob', uid: 'uid-tune', workers: { ready: 2, total: 2 }, slotsPerWorker: 2, launcher: 'Absent' }),
    workerPods: [node(0), node(1), { where: 'Dataset initializer 0', index: 50_000, phase: 'Succeeded', node: 'cpu-1' }],
    ...of,
  };
}
