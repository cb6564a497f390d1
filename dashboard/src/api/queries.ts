import { MutationCache, QueryCache, QueryClient, type Query } from '@tanstack/react-query';

import { keys } from './keys';
import { asProblem, final } from './problem';

/** again is when a question is asked anew that got no answer, as the words of that promise; what was answered isn't, whatever the answer. */
export const again = ({ state }: Pick<Query, 'state'>) => state.status === 'error' && asProblem(state.error).code === 'Unreachable' && 3_000;

/** newQueries is the cache of what the service has answered. */
export function newQueries(): QueryClient {
  // A token ends while one looks: then who is signed in is asked again, and nobody is.
  const onError = (error: unknown, query?: Query<unknown, unknown>) => {
    const { status, code } = asProblem(error);
    if (status === 401) void client.invalidateQueries({ queryKey: keys.session });
    if (code !== 'Forbidden') return;
    // So does a right: what was seen by it is seen no more, and what else went with it isn't offered.
    query?.setState({ data: undefined });
    if (query?.queryKey[0] !== keys.rights[0]) void client.invalidateQueries({ queryKey: keys.rights });
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError: (error) => onError(error) }),
    defaultOptions: {
      // A click is tried now, or told that it couldn't be: nothing is done later, unasked, when the network is back.
      mutations: { networkMode: 'always' },
      queries: {
        // The stream of events says when something is old.
        staleTime: 30_000,
        retry: (failures, error) => failures < 3 && !final(asProblem(error).status),
      },
    },
  });
  // As long as the service repeats an answer, and some.
  client.setQueryDefaults(keys.intents, { gcTime: 15 * 60_000 });
  return client;
}
