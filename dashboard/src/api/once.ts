import type { QueryClient } from '@tanstack/react-query';

import { keys } from './keys';

/**
 * once sends what creates something with a key, by which the service knows it when it comes again: its first answer may
 * have been lost. Until it has succeeded the same thing goes with the same key, from wherever on the page it is asked for.
 */
export async function once<T>(client: QueryClient, what: readonly unknown[], send: (header: { 'Idempotency-Key': string }) => Promise<T>): Promise<T> {
  const queryKey = keys.intent(what);
  const key = client.getQueryData<string>(queryKey) ?? crypto.randomUUID();
  client.setQueryData(queryKey, key);
  const answer = await send({ 'Idempotency-Key': key });
  client.removeQueries({ queryKey, exact: true });
  return answer;
}
