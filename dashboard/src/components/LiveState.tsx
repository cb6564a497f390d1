import { Alert, Label } from '@patternfly/react-core';
import { DisconnectedIcon } from '@patternfly/react-icons';

import type { Live } from '~/api/useLive';
import { words } from '~/words/words';

/** LiveState says when what is on the screen may be old; while all is well it says nothing. */
export function LiveState({ live }: { live: Live }) {
  if (live.problem) {
    return (
      <Alert variant="warning" isInline isPlain title={`${words.live.ended}: ${live.problem.message}`} component="p" />
    );
  }
  if (live.connected) return null;
  return (
    <Label color="yellow" icon={<DisconnectedIcon />} role="status">
      {words.live.lost}
    </Label>
  );
}
