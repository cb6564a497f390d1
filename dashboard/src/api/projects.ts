import { queryOptions, useQuery } from '@tanstack/react-query';

import { api, must } from './client';
import { keys } from './keys';

/** Projects are the namespaces the caller is told of; where they aren't complete, others can be named. */
export interface Projects {
  names: string[];
  all: boolean;
}

export const projectsOptions = () =>
  queryOptions({
    queryKey: keys.projects,
    queryFn: async ({ signal }): Promise<Projects> => {
      const { items, all } = must(await api.GET('/api/v1/namespaces', { signal }));
      return { names: items, all };
    },
  });

export function useProjects() {
  return useQuery(projectsOptions());
}
