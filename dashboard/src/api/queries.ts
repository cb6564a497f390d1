import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';

import { keys } from './keys';
import { asProblem, final } from './problem';

/** newQueries is the cache of what the service has answered. */
export function newQueries(): QueryClient {
  // A token ends while one looks: then who is signed in is asked again, and nobody is.
  const onError = (error: unknown) => {
    if (asProblem(error).status === 401) void client.invalidateQueries({ queryKey: keys.session });
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        // The stream of events says when something is old.
        staleTime: 30_000,
        retry: (failures, error) => failures < 3 && !final(asProblem(error).status),
      },
    },
  });
  return client;
}
