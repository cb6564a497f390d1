import { Alert } from '@patternfly/react-core';

import type { Live } from '~/api/useLive';
import { words } from '~/words/words';

/** LiveState says when what is on the screen may be old; while all is well it says nothing. */
export function LiveState({ live }: { live: Live }) {
  if (live.connected && !live.problem) return null;
  return (
    <div role="status">
      <Alert variant="warning" isInline isPlain title={live.problem ? `${words.live.ended}: ${live.problem.message}` : words.live.lost} component="p" />
    </div>
  );
}
