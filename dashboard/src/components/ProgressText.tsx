import type { Progress } from '~/api/types';
import { words } from '~/words/words';

import { left } from './time';
import { useNow } from './useNow';

/** ProgressText is how far a program says it is: "40%, 12m left". It says nothing where that does. */
export function ProgressText({ progress }: { progress: Progress }) {
  const text = useNow((now) => {
    const parts = [];
    if (progress.percent !== undefined) parts.push(words.progress.percent(progress.percent));
    if (progress.expectedEnd) parts.push(words.progress.left(left((Date.parse(progress.expectedEnd) - now) / 1000)));
    return parts.join(', ');
  });
  return <>{text}</>;
}
