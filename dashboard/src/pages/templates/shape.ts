import type { Spec, Template } from '~/api/types';
import { cpuText, isGPU, memoryText } from '~/components/resources';
import { words } from '~/words/words';

const w = words.templates;

type Size = Pick<Spec, 'workers' | 'gpusPerWorker' | 'cpuPerWorker' | 'memoryPerWorker'>;

/** What is read of a whole MPIJob; each part may be left out. */
interface Whole {
  spec?: { mpiReplicaSpecs?: { Worker?: { replicas?: number; template?: { spec?: { containers?: { resources?: { limits?: Record<string, string | number> } }[] } } } } };
}

function sizeOf(t: Template): Size {
  if (t.spec) return t.spec;
  const worker = (t.mpijob as Whole | undefined)?.spec?.mpiReplicaSpecs?.Worker;
  if (!worker) return {};
  const limits = worker.template?.spec?.containers?.[0]?.resources?.limits ?? {};
  const gpus = Object.entries(limits).find(([name]) => isGPU(name))?.[1];
  return {
    workers: worker.replicas ?? 1,
    ...(gpus === undefined ? {} : { gpusPerWorker: Number(gpus) }),
    ...(limits.cpu === undefined ? {} : { cpuPerWorker: String(limits.cpu) }),
    ...(limits.memory === undefined ? {} : { memoryPerWorker: String(limits.memory) }),
  };
}

/** shape is how large a job of a template is, in a few words: "4 Workers, each 2 GPUs, 16 GiB". */
export function shape(t: Template): string {
  const s = sizeOf(t);
  const there = (amount: string | undefined): amount is string => amount !== undefined && amount !== '' && amount !== '0';
  const each = [s.gpusPerWorker ? w.gpus(s.gpusPerWorker) : '', there(s.cpuPerWorker) ? w.cpu(cpuText(s.cpuPerWorker)) : '', there(s.memoryPerWorker) ? memoryText(s.memoryPerWorker) : ''].filter(there).join(', ');
  const workers = s.workers ? w.shape(s.workers) : words.none;
  return each === '' ? workers : `${workers}, ${w.each(each)}`;
}
