import { hashKey, useQueryClient, type QueryClient, type QueryKey } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { base } from './base';
import { keys } from './keys';
import { listen } from './listen';
import type { LiveEvent } from './live';
import { asProblem, ProblemError } from './problem';
import { useUser } from './user';
import type { Job, JobList, Problem, Removed, Scope } from './types';

export interface Live {
  connected: boolean;
  /** Why the stream can't go on, until it does. */
  problem?: ProblemError;
}

/** How long changes are gathered before what they touch is read again: many come together. */
const gather = 100;
/** How far apart readings are: the first two of many, since a new job changes twice at once, and ever farther where it goes on. */
const soonest = 250;
const latest = 1_000;

/** useLive keeps what is known of a scope's jobs up to date for as long as it is used. */
export function useLive(scope: Scope, from: string | undefined): Live {
  const client = useQueryClient();
  const [live, setLive] = useState<Live>({ connected: true });
  const user = useUser();
  const ready = from !== undefined;
  useEffect(() => {
    if (!ready) return undefined;
    const again = reader(client);
    let refused = false;
    const close = listen({ scope, user, base }, from, (event) => {
      if (event.kind === 'state') {
        setLive((was) => (event.data === 'live' ? { connected: true } : { ...was, connected: false }));
        // A refusal looks like a lost connection; it may be that nobody is signed in any more.
        if (event.data === 'lost') void client.invalidateQueries({ queryKey: keys.session });
        else if (refused) {
          // The right is back, and with it what was seen by it.
          refused = false;
          again.read([keys.jobs, keys.rights]);
        }
      } else if (event.kind === 'end') {
        const end = endOf(event.data);
        setLive((was) => ({ ...was, ...end }));
        // The right to see the jobs has ended: what is shown of them is asked for again, and refused.
        refused = end.problem?.status === 403;
        if (refused) again.read([keys.jobs, keys.rights]);
      } else again.read(take(client, event));
    });
    return () => {
      again.stop();
      close();
    };
    // A list that is read again has another position; the stream has long gone on from the first one.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [client, scope, user, ready]);
  return live;
}

function endOf(data: string): Partial<Live> {
  try {
    const problem = JSON.parse(data) as Problem;
    return problem.code ? { problem: new ProblemError(problem) } : {};
  } catch (e) {
    return { problem: asProblem(e) };
  }
}

/** reader has what has changed read again, once for many changes: soon after the first, and once a second where they go on. */
export function reader(client: QueryClient) {
  const wanted = new Map<string, QueryKey>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = 0;
  let apart = soonest;
  const flush = () => {
    timer = undefined;
    apart = Date.now() - last > 2 * latest ? soonest : Math.min(latest, 2 * apart);
    last = Date.now();
    for (const queryKey of wanted.values()) void client.invalidateQueries({ queryKey });
    wanted.clear();
  };
  return {
    read(what: QueryKey[]) {
      for (const key of what) wanted.set(hashKey(key), key);
      if (wanted.size > 0) timer ??= setTimeout(flush, Math.max(gather, last + apart - Date.now()));
    },
    stop: () => clearTimeout(timer),
  };
}

/** take puts an event into the cache, and says what has to be read again. */
export function take(client: QueryClient, event: LiveEvent): QueryKey[] {
  switch (event.kind) {
    case 'job':
      return takeJob(client, JSON.parse(event.data) as Job);
    case 'removed': {
      const gone = JSON.parse(event.data) as Removed;
      return [keys.job(gone.namespace, gone.name), keys.lists];
    }
    case 'reset':
      return [keys.jobs];
    default:
      return [];
  }
}

/** A job that lists already show is changed where it stands, at once; where it belongs now, the service says. */
function takeJob(client: QueryClient, job: Job): QueryKey[] {
  let known: Job | undefined;
  client.setQueriesData<JobList>({ queryKey: keys.lists }, (list) => {
    const at = list?.items.findIndex((j) => j.uid === job.uid) ?? -1;
    if (!list || at < 0) return list;
    known = list.items[at];
    return { ...list, items: list.items.map((j, i) => (i === at ? job : j)) };
  });
  const one = keys.job(job.namespace, job.name);
  return known?.phase === job.phase ? [one] : [one, keys.lists];
}
