import { parse } from 'yaml';

import type { Template } from '~/api/types';

import { templateText } from './templateText';

test('a template in the simple form is the file that a terminal reads', () => {
  const text = templateText({ name: 'mpi4py', description: 'A program: of Python', builtIn: true, created: '2026-01-02T10:00:00Z', spec: { workers: 2, command: ['python', '-m', 'mpi4py'], cpuPerWorker: '2', memoryPerWorker: '4Gi' } });
  expect(text).toMatch(/^apiVersion: training.opendatahub.io\/v1\nkind: TrainingTemplate\nname: mpi4py\n/);
  expect(parse(text)).toEqual({
    apiVersion: 'training.opendatahub.io/v1',
    kind: 'TrainingTemplate',
    name: 'mpi4py',
    description: 'A program: of Python',
    spec: { workers: 2, command: ['python', '-m', 'mpi4py'], cpuPerWorker: '2', memoryPerWorker: '4Gi' },
  });
});

test('of a whole MPIJob neither status nor what nobody wrote is there', () => {
  const mpijob = { apiVersion: 'kubeflow.org/v2beta1', kind: 'MPIJob', metadata: { creationTimestamp: null }, spec: { list: [{ a: null, b: 1 }] }, status: { x: 1 } } as unknown as NonNullable<Template['mpijob']>;
  expect(parse(templateText({ name: 'whole', mpijob }))).toEqual({
    apiVersion: 'training.opendatahub.io/v1',
    kind: 'TrainingTemplate',
    name: 'whole',
    mpijob: { apiVersion: 'kubeflow.org/v2beta1', kind: 'MPIJob', metadata: {}, spec: { list: [{ b: 1 }] } },
  });
});
