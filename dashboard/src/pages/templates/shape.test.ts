import type { Template } from '~/api/types';

import { shape } from './shape';

const whole = (worker: object) => ({ name: 't', mpijob: { apiVersion: 'kubeflow.org/v2beta1', kind: 'MPIJob', metadata: {}, spec: { mpiReplicaSpecs: { Worker: worker } } } }) as unknown as Template;

test.each([
  [{ name: 't', spec: { workers: 4, gpusPerWorker: 2, memoryPerWorker: '16Gi' } }, '4 Workers, each 2 GPUs, 16 GiB'],
  [{ name: 't', spec: { workers: 1, cpuPerWorker: '500m', memoryPerWorker: '0' } }, '1 Worker, each 0.5 CPU'],
  [{ name: 't', spec: {} }, '–'],
  [whole({ replicas: 8, template: { spec: { containers: [{ resources: { limits: { 'amd.com/gpu': 1, cpu: 4, memory: '1Gi' } } }] } } }), '8 Workers, each 1 GPU, 4 CPU, 1 GiB'],
  [whole({}), '1 Worker'],
  [{ name: 't', mpijob: {} } as unknown as Template, '–'],
])('%j is %s', (t, want) => expect(shape(t)).toBe(want));
