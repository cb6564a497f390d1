import type { QuotaUsage } from '~/api/types';

import { amountText, asksFor, fullest, gpusFirst, isGPU, resourceTitle } from './resources';

const quota = (resource: string, percent = 0): QuotaUsage => ({ quota: 'team', resource, used: '0', limit: '1', percent });

test.each([
  ['requests.nvidia.com/gpu', true],
  ['requests.amd.com/gpu', true],
  ['nvidia.com/mig-1g.5gb', true],
  ['requests.cpu', false],
  ['count/mpijobs.kubeflow.org', false],
])('%s is of GPUs: %s', (resource, want) => expect(isGPU(resource)).toBe(want));

test.each([
  ['requests.nvidia.com/gpu', 'GPUs (nvidia.com/gpu)'],
  ['requests.cpu', 'CPU'],
  ['limits.memory', 'Memory limits'],
  ['count/mpijobs.kubeflow.org', 'MPIJobs'],
  ['count/secrets', 'count/secrets'],
])('%s is called %s', (resource, want) => expect(resourceTitle(resource)).toBe(want));

test('GPUs come first, the rest stays in its order', () => {
  const of = ['pods', 'requests.nvidia.com/gpu', 'requests.cpu', 'requests.amd.com/gpu'].map((r) => quota(r));
  expect(gpusFirst(of).map((q) => q.resource)).toEqual(['requests.nvidia.com/gpu', 'requests.amd.com/gpu', 'pods', 'requests.cpu']);
});

test('the fullest quota is the one with the highest share', () => {
  expect(fullest([quota('pods', 20), quota('requests.cpu', 90), quota('requests.memory', 50)])?.resource).toBe('requests.cpu');
  expect(fullest([])).toBeUndefined();
});

test.each([
  [{ gpus: 8, cpu: '16', memory: '64Gi' }, '8 GPUs, 16 CPU, 64 GiB'],
  [{ gpus: 1 }, '1 GPU'],
  [{ cpu: '0', memory: '0' }, '–'],
  [undefined, '–'],
])('%j asks for %s', (r, want) => expect(asksFor(r)).toBe(want));

test.each([
  ['requests.memory', '1843712Mi', '1.8 TiB'],
  ['requests.memory', '137438953472', '128 GiB'],
  ['limits.memory', '64G', '60 GiB'],
  ['requests.storage', '1e3', '1e3'],
  ['requests.cpu', '1500m', '1.5'],
  ['cpu', '64', '64'],
  ['requests.nvidia.com/gpu', '8', '8'],
])('of %s %s reads %s', (resource, quantity, want) => expect(amountText(resource, quantity)).toBe(want));
