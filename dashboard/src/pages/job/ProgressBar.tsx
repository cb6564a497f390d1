import { Progress as Bar, ProgressMeasureLocation, ProgressSize } from '@patternfly/react-core';

import type { Progress } from '~/api/types';
import { ProgressText } from '~/components/ProgressText';
import { words } from '~/words/words';

/** ProgressBar is how far the job's program says it is. */
export function ProgressBar({ progress }: { progress: Progress }) {
  if (progress.percent === undefined) return <ProgressText progress={progress} />;
  return (
    <Bar
      value={progress.percent}
      size={ProgressSize.sm}
      measureLocation={ProgressMeasureLocation.outside}
      aria-label={words.progress.name}
      label={<ProgressText progress={progress} />}
      style={{ maxWidth: '32rem' }}
    />
  );
}
