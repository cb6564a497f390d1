import { useEffect, useRef, useState } from 'react';

import { said, type Draft, type Said } from './draft';

/** A text of so many characters, about two hundred lines, is read with every letter. */
const short = 4_000;
/** How long typing in a longer one pauses before it is read: several times what the last reading took, within these. */
const rest = { times: 4, least: 150, most: 1_000 };

interface Heard {
  of: Draft;
  said: Said;
  /** How long the reading took, in ms. */
  took: number;
}

function hear(draft: Draft): Heard {
  const begun = Date.now();
  return { of: draft, said: said(draft), took: Date.now() - begun };
}

/** pauseFor is how long a draft waits to be read, in ms; undefined where it needn't. */
function pauseFor(draft: Draft, took: number): number | undefined {
  return draft.view === 'yaml' && draft.text.length > short ? Math.min(rest.most, Math.max(rest.least, rest.times * took)) : undefined;
}

/**
 * useDraft is a job to be while one writes it. Of a long text, what is written is there at once, and what it says a moment
 * later: typing doesn't wait for it.
 */
export function useDraft(initial: Draft) {
  const [draft, setDraft] = useState(initial);
  const [heard, setHeard] = useState(() => hear(initial));
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const behind = heard.of !== draft;
  const listen = (to: Draft): Said => {
    clearTimeout(timer.current);
    const read = hear(to);
    setHeard(read);
    return read.said;
  };
  return {
    draft,
    /** What the draft said when it was read last. */
    said: heard.said,
    /** The draft is another one since. */
    behind,
    /** now reads it, where it isn't yet: what is done is done with what is written. */
    now: (): Said => (behind ? listen(draft) : heard.said),
    change: (next: Draft) => {
      setDraft(next);
      const pause = pauseFor(next, heard.took);
      clearTimeout(timer.current);
      if (pause === undefined) listen(next);
      else timer.current = setTimeout(() => listen(next), pause);
    },
  };
}
