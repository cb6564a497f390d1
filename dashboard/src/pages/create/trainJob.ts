import { toYaml } from '~/api/yaml';

/** trainJob is what a program of torchrun needs instead of an MPIJob, to be filled in and given to kubectl create. */
export const trainJob = (namespace: string) =>
  toYaml({
    apiVersion: 'trainer.kubeflow.org/v1alpha1',
    kind: 'TrainJob',
    metadata: { name: 'my-training', namespace },
    spec: {
      runtimeRef: { name: 'torch-distributed' },
      trainer: {
        image: 'registry.example.com/my-training:1.0',
        command: ['torchrun', 'train.py'],
        numNodes: 2,
        resourcesPerNode: { limits: { 'nvidia.com/gpu': 1 } },
      },
    },
  });
