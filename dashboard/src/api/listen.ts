import { open, type Listener, type LiveEvent, type Subject } from './live';
import type { Ask } from './live.worker';

/** How long the shared worker may take to answer; one whose script didn't load never does. */
const patience = 5_000;

let shared: SharedWorker | undefined;
let held: Promise<string> | undefined;
/** The shared worker can't be had in this tab. */
let alone = false;

/** hold takes a lock that is held until the tab is gone, and says its name when it has it. */
function hold(): Promise<string> {
  const name = `training-jobs-${crypto.randomUUID()}`;
  return new Promise((got) => {
    void navigator.locks.request(name, () => {
      got(name);
      return new Promise<never>(() => undefined);
    });
  });
}

/** worker is the one that all tabs share; undefined where there can be none. */
function worker(): SharedWorker | undefined {
  if (alone || typeof SharedWorker === 'undefined' || !('locks' in navigator)) return undefined;
  try {
    shared ??= new SharedWorker(new URL('./live.worker.ts', import.meta.url), { type: 'module', name: 'training jobs' });
  } catch {
    alone = true; // a policy of the browser forbids it
    return undefined;
  }
  held ??= hold();
  return shared;
}

/** listen subscribes to the stream that all tabs share, or to one of its own where they can't. */
export function listen(of: Subject, from: string, tell: Listener): () => void {
  const common = worker();
  if (!common || !held) return open(of, from, tell);
  let close = share(common, held, of, from, tell, () => {
    alone = true;
    close();
    close = open(of, from, tell);
  });
  return () => close();
}

/** share listens by way of the worker; fail is called once, where it can't be had. */
function share(common: SharedWorker, lock: Promise<string>, of: Subject, from: string, tell: Listener, fail: () => void): () => void {
  const port = common.port;
  let left = false;
  const number = crypto.randomUUID();
  let joined = false;
  const late = setTimeout(fail, patience);
  common.addEventListener('error', fail);
  // The worker takes a lock that nobody has for that of a tab that is gone.
  void lock.then((name) => {
    if (left) return;
    port.onmessage = (m: MessageEvent<LiveEvent>) => {
      clearTimeout(late);
      if (m.data.kind === 'joined') joined = m.data.data === number;
      else if (joined) tell(m.data);
    };
    port.start();
    port.postMessage({ ...of, from, lock: name, number } satisfies Ask);
  });
  return () => {
    left = true;
    clearTimeout(late);
    common.removeEventListener('error', fail);
    port.onmessage = null;
    port.postMessage(null);
  };
}
