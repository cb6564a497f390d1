import { ProgressStep, ProgressStepper } from '@patternfly/react-core';

import type { Detail } from '~/api/types';
import { Ago } from '~/components/Ago';
import { words } from '~/words/words';

type Variant = 'success' | 'info' | 'danger' | 'pending';

/** Timeline is what happened to the job, and when; the last step is where it is now. */
export function Timeline({ job }: { job: Detail }) {
  const steps = job.timeline ?? [];
  const last = steps.length - 1;
  const over = job.phase === 'Succeeded' || job.phase === 'Failed';
  const variant = (i: number): Variant => {
    if (i < last) return 'success';
    if (job.phase === 'Failed') return 'danger';
    return over ? 'success' : 'info';
  };
  return (
    <ProgressStepper aria-label={words.job.timeline} isCenterAligned>
      {steps.map((s, i) => (
        <ProgressStep
          key={`${s.name} ${s.at} ${i}`}
          id={`step-${i}`}
          titleId={`step-title-${i}`}
          variant={variant(i)}
          isCurrent={i === last && !over}
          aria-label={s.name}
          description={<>{s.reason && s.reason !== s.name ? `${s.reason}, ` : ''}<Ago at={s.at} /> {words.job.ago}</>}
        >
          {s.name}
        </ProgressStep>
      ))}
    </ProgressStepper>
  );
}
