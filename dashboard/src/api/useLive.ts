import { hashKey, useQueryClient, type QueryClient, type QueryKey } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { base } from './base';
import { keys } from './keys';
import { listen } from './listen';
import type { LiveEvent } from './live';
import { asProblem, final, ProblemError } from './problem';
import { useUser } from './user';
import type { Job, JobList, Problem, Removed, Scope } from './types';

export interface Live {
  connected: boolean;
  /** Why the stream can't go on, until it does. */
  problem?: ProblemError;
}

/** How long changes are gathered before what they touch is read again: many come together. */
const gather = 100;
/**
 * How long it is from the end of a reading to the next one: several times what that one took, so that a service which has much
 * to do is asked less, within these.
 */
const rest = { times: 4, least: 150, most: 1_000 };
/** After so long a reading is begun anew: its answer was lost. */
const patience = 15_000;
/** One that failed, though another may not, is repeated after so long. */
const repeat = 5_000;

/** A connection that is back after so long wasn't worth a word. */
const unsaid = 3_000;

const well: Live = { connected: true };

/**
 * useLive keeps what is known of a scope's jobs up to date for as long as it is used, from where on that is first said. It
 * goes on where what was shown by a right is gone with it: how else would one learn that the right is back?
 */
export function useLive(scope: Scope, from: string | undefined): Live {
  const client = useQueryClient();
  const [live, setLive] = useState(well);
  const user = useUser();
  const [begun, setBegun] = useState<{ scope: Scope; user: string; from: string }>();
  const known = begun?.scope === scope && begun.user === user;
  if (!known && from !== undefined) setBegun({ scope, user, from });
  useEffect(() => {
    if (!known) return undefined;
    const { from } = begun;
    // What was read before, and isn't shown now, nobody has followed.
    void client.invalidateQueries({ queryKey: keys.jobs, type: 'inactive', refetchType: 'none' });
    const again = reader(client);
    let refused = false;
    let lost: ReturnType<typeof setTimeout> | undefined;
    const refuse = () => {
      refused = true;
      again.read([keys.jobs, keys.rights]);
    };
    const close = listen({ scope, user, base }, from, (event) => {
      if (event.kind === 'state') {
        if (event.data === 'live') {
          clearTimeout(lost);
          lost = undefined;
          setLive({ connected: true });
        } else lost ??= setTimeout(() => setLive((was) => ({ ...was, connected: false })), unsaid);
        // It may be that nobody is signed in any more.
        if (event.data !== 'live') void client.invalidateQueries({ queryKey: keys.session });
        // Or that the right has ended while the connection was lost: why it is refused, a stream isn't told.
        if (event.data === 'refused') refuse();
        else if (event.data === 'live') {
          // The right is back, and with it what was seen by it; or the service is, and what it didn't answer is asked again.
          again.read(refused ? [keys.jobs, keys.rights] : failed(client, keys.jobs));
          refused = false;
        }
      } else if (event.kind === 'end') {
        const end = endOf(event.data);
        setLive((was) => ({ ...was, ...end }));
        // The right to see the jobs has ended: what is shown of them is asked for again, and refused.
        if (end.problem?.status === 403) refuse();
        else refused = false;
      } else again.read(take(client, event));
    });
    return () => {
      clearTimeout(lost);
      again.stop();
      close();
      setLive(well);
    };
  }, [client, scope, user, known, begun]);
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

/**
 * reader has what has changed read again: soon, once for many changes, and never before the last reading has ended. What is
 * slow, or can't be read, holds nothing else up.
 */
export function reader(client: QueryClient) {
  /** What is being read, was just now, or is about to be. */
  const busy = new Map<string, { queryKey: QueryKey; wanted: boolean; timer?: ReturnType<typeof setTimeout> }>();
  const turn = async (hash: string) => {
    const of = busy.get(hash);
    if (!of?.wanted) {
      busy.delete(hash);
      return;
    }
    const begun = Date.now();
    // What is just being read for the first time isn't begun anew, and its answer may be from before the change.
    of.wanted = client.isFetching({ queryKey: of.queryKey, type: 'active', predicate: (q) => q.state.data === undefined }) > 0;
    await settled(client.invalidateQueries({ queryKey: of.queryKey }));
    const repeated = failed(client, of.queryKey).length > 0;
    of.wanted ||= repeated;
    const pause = repeated ? repeat : Math.min(rest.most, Math.max(rest.least, rest.times * (Date.now() - begun)));
    if (busy.get(hash) === of) of.timer = setTimeout(() => void turn(hash), pause);
  };
  return {
    read(what: QueryKey[]) {
      for (const queryKey of what) {
        const hash = hashKey(queryKey);
        const of = busy.get(hash);
        if (of) of.wanted = true;
        else busy.set(hash, { queryKey, wanted: true, timer: setTimeout(() => void turn(hash), gather) });
      }
    },
    stop() {
      for (const { queryKey, wanted, timer } of busy.values()) {
        clearTimeout(timer);
        // Whoever shows it next reads it then.
        if (wanted) void client.invalidateQueries({ queryKey, refetchType: 'none' });
      }
      busy.clear();
    },
  };
}

/** failed is what is shown and couldn't be read, where another try may do it. */
const failed = (client: QueryClient, queryKey: QueryKey): QueryKey[] =>
  client
    .getQueryCache()
    .findAll({ queryKey, type: 'active', predicate: ({ state }) => state.status === 'error' && !final(asProblem(state.error).status) })
    .map((q) => q.queryKey);

/** settled waits for a reading, whatever comes of it, but not for an answer that was lost. */
const settled = (reading: Promise<void>) =>
  new Promise<void>((done) => {
    const late = setTimeout(done, patience);
    const end = () => {
      clearTimeout(late);
      done();
    };
    reading.then(end, end);
  });

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

/**
 * A job that lists already show is changed where it stands, at once; where it belongs now, the service says. Nothing but the
 * job is: a list that has to be read again, or couldn't be, still has.
 */
function takeJob(client: QueryClient, job: Job): QueryKey[] {
  let [stands, moved] = [false, failed(client, keys.lists).length > 0];
  for (const query of client.getQueryCache().findAll({ queryKey: keys.lists })) {
    const list = query.state.data as JobList | undefined;
    const at = list?.items.findIndex((j) => j.uid === job.uid) ?? -1;
    if (!list || at < 0) continue;
    stands = true;
    moved ||= list.items[at]?.phase !== job.phase;
    query.setState({ data: { ...list, items: list.items.map((j, i) => (i === at ? job : j)) } });
  }
  const one = keys.job(job.namespace, job.name);
  // A list that is just being read may come with the state before.
  const stays = stands && !moved && client.isFetching({ queryKey: keys.lists }) === 0;
  return stays ? [one] : [one, keys.lists];
}
