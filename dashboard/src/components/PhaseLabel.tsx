import type { Phase } from '~/api/types';
import { wordOf } from '~/words/wordOf';
import { words } from '~/words/words';

import { look, type Color } from './look';

/** What Label calls its colours. */
const grounds: Record<Color, string> = { grey: '', blue: ' pf-m-blue', green: ' pf-m-green', purple: ' pf-m-purple', red: ' pf-m-red', teal: ' pf-m-teal', yellow: ' pf-m-yellow' };

/** PhaseLabel is where a job is in its life: what PatternFly's Label makes, which would look in each row whether its text is cut off. */
export function PhaseLabel({ phase }: { phase: Phase }) {
  const { color, Icon } = look(phase);
  return (
    <span className={`pf-v6-c-label pf-m-outline${grounds[color]}`}>
      <span className="pf-v6-c-label__content">
        <span className="pf-v6-c-label__icon">
          <Icon set="default" />
        </span>
        <span className="pf-v6-c-label__text">{wordOf(words.phases, phase)}</span>
      </span>
    </span>
  );
}
