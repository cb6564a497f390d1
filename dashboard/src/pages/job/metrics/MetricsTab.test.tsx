import { screen } from '@testing-library/react';

import type { Detail } from '~/api/types';
import { failed, job } from '~/test/fixtures';
import { flaws } from '~/test/axe';
import { show } from '~/test/render';
import { answers, refusal } from '~/test/service';

import { MetricsTab } from './MetricsTab';

const ref = { namespace: 'team-a', name: 'pi', type: 'MPIJob' } as const;
const base = 'GET /api/v1/namespaces/team-a/trainingjobs/pi';
const running: Detail = { ...job(), launcherPod: failed().launcherPod, workerPods: [] };
const curve = (memory: number[]) => ({
  namespace: 'team-a',
  job: 'pi',
  everySeconds: 15,
  members: [{ source: 'Worker 0', index: 0, points: memory.map((m, i) => ({ time: new Date(1e12 + i * 15_000).toISOString(), cpuCores: 0.5, memoryBytes: m })) }],
});
const usage = (used: number) => ({
  namespace: 'team-a',
  job: 'pi',
  phase: 'Running',
  members: [
    { source: 'Launcher', index: -1, phase: 'Running', cpuCores: 0, memoryBytes: 0 },
    { source: 'Worker 0', index: 0, phase: 'Running', time: '2026-01-02T10:00:00Z', cpuCores: 0.5, cpuLimitCores: 2, memoryBytes: used, memoryLimitBytes: 1 << 30, node: 'gpu-1' },
  ],
});

test('curves are drawn with words for those who listen, and numbers stand below', async () => {
  answers({ [`${base}/metrics`]: curve([2 ** 28, 2 ** 29]), [`${base}/usage`]: usage(1020 * 2 ** 20) });
  const { container } = show(<MetricsTab jobRef={ref} job={running} />);
  expect(await screen.findByText('Worker 0: 512 MiB, at most 512 MiB', undefined, { timeout: 10_000 })).toBeInTheDocument();
  expect(screen.getByRole('progressbar', { name: 'Worker 0: Memory' })).toHaveAttribute('aria-valuenow', '100');
  expect(screen.getAllByText('Not measured yet')).toHaveLength(2);
  expect(await flaws(container)).toEqual([]);
});

test.each([
  ['before the first measurement', running, { [`${base}/metrics`]: curve([]), [`${base}/usage`]: usage(0) }, 'No measurement yet'],
  ['of a job that has ended, unlooked at', failed(), { [`${base}/metrics`]: curve([]), [`${base}/usage`]: usage(0) }, 'No measurements are kept'],
  ['where nothing is measured', running, { [`${base}/metrics`]: () => refusal(404, 'NoMetrics', 'There is no metrics-server.'), [`${base}/usage`]: () => refusal(404, 'NoMetrics', '') }, 'There is no metrics-server.'],
  ['who may not see it', running, { [`${base}/metrics`]: () => refusal(403, 'Forbidden', 'You may not read pods.'), [`${base}/usage`]: usage(0) }, 'You may not read pods.'],
])('%s it is said', async (_when, of, by, text) => {
  answers(by);
  const { container } = show(<MetricsTab jobRef={ref} job={of} />);
  expect(await screen.findByText(text)).toBeInTheDocument();
  expect(await flaws(container)).toEqual([]);
});
