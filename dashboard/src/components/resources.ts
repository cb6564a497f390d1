import type { QuotaUsage, Resources } from '~/api/types';
import { mebibytes } from '~/components/bytes';
import { words } from '~/words/words';

const w = words.usage.resource;

const said: Record<string, string> = {
  cpu: w.cpu,
  'requests.cpu': w.cpu,
  'limits.cpu': w.cpuLimits,
  memory: w.memory,
  'requests.memory': w.memory,
  'limits.memory': w.memoryLimits,
  'requests.storage': w.storage,
  pods: w.pods,
  'count/pods': w.pods,
  'count/mpijobs.kubeflow.org': w.mpijobs,
  'count/trainjobs.trainer.kubeflow.org': w.trainjobs,
};

/** isGPU says whether a quota is of GPUs, as the service counts them. */
export function isGPU(resource: string): boolean {
  const name = resource.replace(/^(requests|limits)\./, '');
  return name.endsWith('/gpu') || name.startsWith('nvidia.com/mig-');
}

/** resourceTitle is what a quota limits, in words where there are some. */
export function resourceTitle(resource: string): string {
  if (isGPU(resource)) return w.gpu(resource.replace(/^(requests|limits)\./, ''));
  return said[resource] ?? resource;
}

/** gpusFirst orders quotas: GPUs before all else, and else the fullest first, as they come. */
export function gpusFirst(quotas: readonly QuotaUsage[]): QuotaUsage[] {
  return [...quotas.filter((q) => isGPU(q.resource)), ...quotas.filter((q) => !isGPU(q.resource))];
}

/** fullest is the quota that a project comes up against first; undefined where it has none. */
export function fullest(quotas: readonly QuotaUsage[]): QuotaUsage | undefined {
  return quotas.reduce<QuotaUsage | undefined>((most, q) => (most && most.percent >= q.percent ? most : q), undefined);
}

const memory = /memory|storage/;
const units: Record<string, number> = { '': 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 };

/** memoryText is a quantity of memory as people read it; one of another form stays as it is. */
export function memoryText(quantity: string): string {
  const [, n, unit = ''] = /^(\d+(?:\.\d+)?)([KMGTP]i|[kMGTP])?$/.exec(quantity) ?? [];
  return n === undefined ? quantity : mebibytes(Number(n) * (units[unit] ?? 1));
}

/** cpuText is a quantity of CPU in cores: "0.2" for "200m". */
export function cpuText(quantity: string): string {
  const milli = /^(\d+)m$/.exec(quantity)?.[1];
  return milli === undefined ? quantity : String(Number(milli) / 1000);
}

/** amountText is how much of a resource, as people read it. */
export function amountText(resource: string, quantity: string): string {
  if (memory.test(resource)) return memoryText(quantity);
  return /(^|\.)cpu$/.test(resource) ? cpuText(quantity) : quantity;
}

/** asksFor is an amount of resources in a few words: "8 GPUs, 16 CPU, 64 GiB". */
export function asksFor(r: Resources | undefined): string {
  const a = words.usage.asks;
  const parts = [r?.gpus ? a.gpus(r.gpus) : '', r?.cpu && r.cpu !== '0' ? a.cpu(cpuText(r.cpu)) : '', r?.memory && r.memory !== '0' ? memoryText(r.memory) : ''];
  return parts.filter((p) => p !== '').join(', ') || words.none;
}
