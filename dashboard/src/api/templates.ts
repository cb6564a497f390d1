import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, must } from './client';
import { keys } from './keys';
import { asProblem } from './problem';
import type { NewTemplate, Template } from './types';

/** useTemplates are those of a project by name, and then the built-in ones. */
export function useTemplates(namespace: string) {
  return useQuery({
    queryKey: keys.templates(namespace),
    queryFn: async ({ signal }): Promise<Template[]> => must(await api.GET('/api/v1/namespaces/{namespace}/templates', { params: { path: { namespace } }, signal })),
  });
}

/** useTemplate is one template as it is now. */
export function useTemplate(namespace: string, name: string) {
  return useQuery({
    queryKey: [...keys.templates(namespace), name],
    queryFn: async ({ signal }): Promise<Template> => must(await api.GET('/api/v1/namespaces/{namespace}/templates/{name}', { params: { path: { namespace, name } }, signal })),
  });
}

/** useSaveTemplate keeps a template in a project, in the place of one of that name only where that is asked for. */
export function useSaveTemplate(namespace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ template, replace }: { template: NewTemplate; replace: boolean }): Promise<Template> =>
      must(await api.POST('/api/v1/namespaces/{namespace}/templates', { params: { path: { namespace }, query: replace ? { replace } : {} }, body: template })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.templates(namespace) }),
    onError: async (error) => {
      // Another has its job's name.
      if (asProblem(error).code === 'Replaced') await client.invalidateQueries({ queryKey: keys.jobs });
    },
  });
}

export function useDeleteTemplate(namespace: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (name: string) => {
      try {
        await api.DELETE('/api/v1/namespaces/{namespace}/templates/{name}', { params: { path: { namespace, name } } });
      } catch (e) {
        if (asProblem(e).code !== 'NotFound') throw e; // it is gone, as one wants it
      }
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.templates(namespace) }),
  });
}
