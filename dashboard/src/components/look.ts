import {
  BanIcon,
  CheckCircleIcon,
  ExclamationCircleIcon,
  HourglassHalfIcon,
  InProgressIcon,
  ListIcon,
  MinusCircleIcon,
  PauseCircleIcon,
  QuestionCircleIcon,
  SyncAltIcon,
} from '@patternfly/react-icons';

import type { Member, Phase } from '~/api/types';

/** PatternFly's colours of labels that states have. */
export type Color = 'grey' | 'blue' | 'green' | 'purple' | 'red' | 'teal' | 'yellow';

interface Look {
  color: Color;
  Icon: typeof BanIcon;
}

/** A shape for each state of a job, and of its Launcher and Workers, beside its colour: colour alone says nothing. */
const looks: Readonly<Record<string, Look>> & Record<Phase | Member['phase'], Look> = {
  Absent: { color: 'grey', Icon: MinusCircleIcon },
  Suspended: { color: 'grey', Icon: PauseCircleIcon },
  Queued: { color: 'purple', Icon: ListIcon },
  Pending: { color: 'yellow', Icon: HourglassHalfIcon },
  Initializing: { color: 'teal', Icon: InProgressIcon },
  Starting: { color: 'teal', Icon: InProgressIcon },
  Running: { color: 'blue', Icon: SyncAltIcon },
  Succeeded: { color: 'green', Icon: CheckCircleIcon },
  Failed: { color: 'red', Icon: ExclamationCircleIcon },
  Terminating: { color: 'grey', Icon: BanIcon },
};

/** A newer service has states that this page doesn't know. */
const unknown: Look = { color: 'grey', Icon: QuestionCircleIcon };

/** look is how a state is drawn, wherever it is. */
export function look(state: string): Look {
  return Object.hasOwn(looks, state) ? (looks[state] ?? unknown) : unknown;
}
