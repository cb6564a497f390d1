import { json, type Others } from './show';

const api = 'GET /api/v1/namespaces/team-a/trainingjobs';
const end = Date.parse('2026-11-29T12:31:30Z');

/** What a cluster that measures would say of resnet-50, and one with a claim of bert-base: the sandbox has neither. */
export const measured: Others = {
  [`${api}/resnet-50/metrics`]: json({
    namespace: 'team-a',
    job: 'resnet-50',
    everySeconds: 15,
    members: [0, 1, 2, 3].map((index) => ({
      source: `Worker ${index}`,
      index,
      points: Array.from({ length: 40 }, (_, i) => ({
        time: new Date(end - (40 - i) * 15_000).toISOString(),
        cpuCores: 1.2 + index / 10 + ((i * (index + 3)) % 7) / 20,
        memoryBytes: (200 + index * 20 + Math.min(i, 25) * 10) * 2 ** 20,
      })),
    })),
  }),
  [`${api}/resnet-50/usage`]: json({
    namespace: 'team-a',
    job: 'resnet-50',
    phase: 'Running',
    members: [
      { source: 'Launcher', index: -1, phase: 'Running', time: '2026-11-29T12:31:30Z', cpuCores: 0.02, memoryBytes: 12 * 2 ** 20, node: 'node-0' },
      ...[0, 1, 2, 3].map((index) => ({ source: `Worker ${index}`, index, phase: 'Running', time: '2026-11-29T12:31:30Z', cpuCores: 1.3 + index / 10, cpuLimitCores: 2, memoryBytes: (450 + index * 20) * 2 ** 20, memoryLimitBytes: 2 ** 29, node: 'node-0' })),
    ],
  }),
  [`${api}/bert-base/outputs`]: json({
    place: 'pvc:models:/bert-base',
    files: ['checkpoints/epoch-1.pt', 'checkpoints/epoch-2.pt', 'metrics.json', 'model.pt'].map((path, i) => ({ path, size: (i + 1) * 37_512_331, modified: '2026-11-29T12:29:20Z' })),
    skipped: [{ path: 'latest', why: 'it is a link' }],
  }),
};
