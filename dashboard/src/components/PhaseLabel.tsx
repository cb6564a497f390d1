import { Label } from '@patternfly/react-core';

import type { Phase } from '~/api/types';
import { words } from '~/words/words';

import { look } from './look';

/** PhaseLabel is where a job is in its life. */
export function PhaseLabel({ phase }: { phase: Phase }) {
  const { color, Icon } = look(phase);
  return (
    <Label color={color} icon={<Icon />} variant="outline">
      {words.phases[phase]}
    </Label>
  );
}
