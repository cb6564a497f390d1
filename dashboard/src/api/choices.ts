import { useQuery } from '@tanstack/react-query';

import { api, must } from './client';
import { keys } from './keys';
import { useRights } from './me';

const minute = 60_000;

/** useConnections are the names of a namespace's connections; none where one may not see them. */
export function useConnections(namespace: string): string[] {
  const { may } = useRights(namespace);
  const { data } = useQuery({
    queryKey: ['connections', namespace],
    enabled: may('connections'),
    staleTime: minute,
    queryFn: async ({ signal }) => must(await api.GET('/api/v1/namespaces/{namespace}/connections', { params: { path: { namespace } }, signal })),
  });
  return (data ?? []).map((c) => c.name);
}

/** useQueues are the queues a job may ask for, as a job names them. */
export function useQueues(namespace: string): string[] {
  const { data } = useQuery({
    queryKey: ['queues', namespace],
    staleTime: minute,
    queryFn: async ({ signal }) => must(await api.GET('/api/v1/namespaces/{namespace}/queues', { params: { path: { namespace } }, signal })).items,
  });
  return (data ?? []).map((q) => q.name);
}

/** useImages are those that jobs of a namespace use, the newest first; none where one may not list them. */
export function useImages(namespace: string): string[] {
  const { may } = useRights(namespace);
  const { data } = useQuery({
    queryKey: keys.images(namespace),
    enabled: may('list'),
    staleTime: minute,
    queryFn: async ({ signal }) => must(await api.GET('/api/v1/namespaces/{namespace}/images', { params: { path: { namespace } }, signal })),
  });
  return data ?? [];
}
