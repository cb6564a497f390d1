import { MutationCache, QueryCache, QueryClient, type Query } from '@tanstack/react-query';

import { keys } from './keys';
import { asProblem, final } from './problem';

/** again is when a question is asked anew that got no answer, as the words of that promise; what was answered isn't, whatever the answer. */
export const again = ({ state }: Pick<Query, 'state'>) => state.status === 'error' && asProblem(state.error).code === 'Unreachable' && 3_000;

/** newQueries is the cache of what the service has answered. */
export function newQueries(): QueryClient {
  // A token ends while one looks: then who is signed in is asked again, and nobody is.
  const onError = (error: unknown) => {
    if (asProblem(error).status === 401) void client.invalidateQueries({ queryKey: keys.session });
  };
  // So does a right: what was seen by it is seen no more.
  const onRefused = (error: unknown, query: Query<unknown, unknown>) => {
    onError(error);
    if (asProblem(error).status === 403) query.setState({ data: undefined });
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError: onRefused }),
    mutationCache: new MutationCache({ onError }),
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
