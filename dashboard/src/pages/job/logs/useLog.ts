import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useSyncExternalStore } from 'react';

import type { JobRef } from '~/api/job';
import { keys } from '~/api/keys';
import { LogStore, type LogSource } from '~/api/logs';
import { sessionOptions } from '~/api/session';
import { useUser } from '~/api/user';

/** useLog follows a log for as long as it is on the screen, and goes on where somebody has signed in again. */
export function useLog({ namespace, name, type }: JobRef, source: LogSource): LogStore {
  const user = useUser();
  const store = useMemo(() => new LogStore({ namespace, name, type }, source, user), [namespace, name, type, source, user]);
  useSyncExternalStore(store.subscribe, store.snapshot);
  const client = useQueryClient();
  // Only looked at: the page around this asks who is signed in.
  const { data: session, dataUpdatedAt } = useQuery({ ...sessionOptions(), enabled: false });
  const { signedOut } = store;
  useEffect(() => {
    if (signedOut) void client.invalidateQueries({ queryKey: keys.session });
  }, [client, signedOut]);
  useEffect(() => {
    if (typeof session === 'object' && session !== null) store.goOn();
  }, [store, session, dataUpdatedAt]);
  return store;
}
