import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, must } from './client';
import { copyToBe, usualType, type JobRef } from './job';
import { keys } from './keys';
import { once } from './once';
import { again } from './queries';
import type { Changes, NewJob, Spec } from './types';
import { fromYaml } from './yaml';

const path = (namespace: string) => ({ path: { namespace } });

const dryRun = async (namespace: string, job: NewJob, signal: AbortSignal) =>
  must(await api.POST('/api/v1/namespaces/{namespace}/trainingjobs', { params: { ...path(namespace), query: { dryRun: 'client' } }, body: job, signal }));

/** What a new job begins with: a job that is there, or a template. */
export interface Source {
  from?: string;
  /** Of the very job that was seen; none that has taken its name since is begun with. */
  uid?: string;
  /** In what it is another job than that. */
  changes?: Changes;
  /** The name that a copy of it would have is asked for too. */
  named?: boolean;
  template?: string;
}

/** copyName is the name that a copy of a job would have now; undefined where that isn't known: one can give it one. */
const copyName = (of: JobRef & { uid?: string }, signal: AbortSignal): Promise<string | undefined> =>
  copyToBe(of, undefined, signal).then(({ job }) => job.name, () => undefined);

/** changed is what a copy of a job with changes would be. */
async function changed(of: JobRef & { uid?: string }, changes: Changes, signal: AbortSignal) {
  const { job, spec, manifest } = await copyToBe(of, changes, signal);
  return { ...(spec ? { spec } : { whole: manifest ?? {} }), name: job.name };
}

/** useSource is that, in the simple form where it fits in there. */
export function useSource(namespace: string, source: Source | undefined) {
  return useQuery({
    queryKey: ['create', 'source', namespace, source],
    enabled: source !== undefined,
    staleTime: Infinity, // what is typed on top must not be begun anew
    gcTime: 0, // and the next one begins with what there is then
    queryFn: async ({ signal }): Promise<{ spec?: Spec; whole?: object; name?: string }> => {
      if (source?.template !== undefined) {
        const template = must(await api.GET('/api/v1/namespaces/{namespace}/templates/{name}', { params: { path: { namespace, name: source.template } }, signal }));
        return template.spec ? { spec: template.spec } : { whole: template.mpijob ?? {} };
      }
      const seen = source?.uid === undefined ? {} : { uid: source.uid };
      const of = { namespace, name: source?.from ?? '', type: usualType, ...seen };
      if (source?.changes !== undefined) return changed(of, source.changes, signal);
      const manifest = must(
        await api.GET('/api/v1/namespaces/{namespace}/trainingjobs/{name}/manifest', { params: { path: { namespace, name: of.name }, query: seen }, parseAs: 'text', signal }),
      );
      const whole = fromYaml(manifest) as NewJob;
      const [{ spec }, name] = await Promise.all([dryRun(namespace, whole, signal), source?.named === true ? copyName(of, signal) : undefined]);
      return { ...(spec ? { spec } : { whole }), ...(name !== undefined && { name }) };
    },
  });
}

/** useDryRun has the service look at a job to be: its answer, or the problem that names every field. */
export function useDryRun(namespace: string, job: NewJob | undefined) {
  return useQuery({
    queryKey: ['create', 'dry-run', namespace, job],
    enabled: job !== undefined,
    retry: false,
    refetchInterval: again,
    queryFn: ({ signal }) => dryRun(namespace, job ?? {}, signal),
  });
}

/** usePreflight asks whether there is room for a job to be, now. */
export function usePreflight(namespace: string, job: NewJob | undefined) {
  return useQuery({
    queryKey: ['create', 'preflight', namespace, job],
    enabled: job !== undefined,
    retry: false,
    refetchInterval: again,
    staleTime: 10_000,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => must(await api.POST('/api/v1/namespaces/{namespace}/preflight', { params: path(namespace), body: job ?? {}, signal })),
  });
}

/** A folder that comes along: which choice of one it is, and what is sent of it. */
interface Folder {
  id: string;
  pack: () => Promise<Blob>;
}

/** useCreate creates a job. */
export function useCreate(namespace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ job, code }: { job: NewJob; code: Folder | undefined }) =>
      once(client, ['create', namespace, job, code?.id], async (header) => {
        const params = { ...path(namespace), header };
        if (!code) return must(await api.POST('/api/v1/namespaces/{namespace}/trainingjobs', { params, body: job })).job;
        const form = new FormData();
        form.set('job', JSON.stringify(job));
        form.set('code', await code.pack(), 'code.tar.gz');
        // The contract's type of this body is that of its JSON form.
        return must(await api.POST('/api/v1/namespaces/{namespace}/trainingjobs', { params, body: form as never, bodySerializer: (body) => body as unknown as FormData })).job;
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.jobs }),
  });
}
