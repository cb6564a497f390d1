import type { Template } from '~/api/types';
import { toYaml } from '~/api/yaml';

/** templateText is a template as a file has it, which `odh training template save` reads. */
export function templateText(t: Template): string {
  return toYaml({
    apiVersion: 'training.opendatahub.io/v1',
    kind: 'TrainingTemplate',
    name: t.name,
    ...(t.description ? { description: t.description } : {}),
    ...(t.spec ? { spec: t.spec } : {}),
    ...(t.mpijob ? { mpijob: written(t.mpijob) } : {}),
  });
}

/** written is what somebody wrote of a manifest: without its status, and without what Kubernetes prints as null. */
function written(manifest: object): unknown {
  return without({ ...manifest, status: undefined });
}

function without(v: unknown): unknown {
  if (Array.isArray(v)) return v.map(without);
  if (v === null || typeof v !== 'object') return v;
  return Object.fromEntries(
    Object.entries(v)
      .filter(([, x]) => x !== null && x !== undefined)
      .map(([k, x]) => [k, without(x)]),
  );
}
