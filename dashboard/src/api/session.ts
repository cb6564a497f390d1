import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

import { ask } from './answer';
import { base } from './base';
import { keys } from './keys';
import { asProblem, problemOf } from './problem';
import { signedChannel, type SignedTold } from './signed';

export interface Session {
  user: string;
}

async function send(method: string, body?: unknown): Promise<Response> {
  const response = await ask(`${base}/session`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  });
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** Who is signed in: null for nobody, be it that the token has ended; "out" after one has signed out. */
export type Signed = Session | null | 'out';

async function session(): Promise<Signed> {
  try {
    return (await (await send('GET')).json()) as Session;
  } catch (e) {
    if (asProblem(e).status === 401) return null;
    throw e;
  }
}

export const sessionOptions = () => queryOptions({ queryKey: keys.session, queryFn: session });

/** useSession is who is signed in. */
export function useSession() {
  return useQuery(sessionOptions());
}

/**
 * useSignIn trades a token of the cluster for a cookie that no script can read. Who was signed in until now goes on
 * where they were; anyone else sees nothing of theirs.
 */
export function useSignIn(was?: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (token: string) => {
      await send('POST', { token });
      tell('in');
      return session();
    },
    onSuccess: async (now) => {
      if (now === null || now === 'out' || now.user !== was) return client.resetQueries();
      // What was asked before is refused yet: that isn't waited for.
      await client.cancelQueries();
      client.setQueryData(keys.session, now);
      return client.invalidateQueries();
    },
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      const response = await send('DELETE');
      tell('out');
      return response.status === 204 ? undefined : ((await response.json()) as { signOut?: string }).signOut;
    },
    onSuccess: (elsewhere) => {
      if (elsewhere) window.location.assign(elsewhere);
      else {
        client.setQueryData<Signed>(keys.session, 'out');
        client.removeQueries({ predicate: (q) => q.queryKey[0] !== keys.session[0] });
      }
    },
  });
}

const channel = signedChannel();
const tell = (what: SignedTold) => channel?.postMessage(what);

/** useForgetOthers takes what was answered to somebody else out of the cache, and asks who is signed in when another tab has changed that. */
export function useForgetOthers(user: string | undefined) {
  const client = useQueryClient();
  const before = useRef<string>(undefined);
  useEffect(() => {
    if (user === undefined) return;
    if (before.current !== undefined && before.current !== user) void client.resetQueries({ predicate: (q) => q.queryKey[0] !== keys.session[0] });
    before.current = user;
  }, [client, user]);
  useEffect(() => {
    const look = () => void client.invalidateQueries({ queryKey: keys.session });
    channel?.addEventListener('message', look);
    return () => channel?.removeEventListener('message', look);
  }, [client]);
}
