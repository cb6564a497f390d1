import { useSyncExternalStore } from 'react';

let now = Date.now();
const watchers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(watch: () => void): () => void {
  watchers.add(watch);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const w of watchers) w();
  }, 1000);
  return () => {
    watchers.delete(watch);
    if (watchers.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** useNow is a text that the time makes: one clock for all, and drawn again only when the text is another. */
export function useNow(text: (now: number) => string): string {
  return useSyncExternalStore(subscribe, () => text(now));
}
