import { Progress, type ProgressProps } from '@patternfly/react-core';

import type { QuotaUsage } from '~/api/types';
import { amountText, resourceTitle } from '~/components/resources';
import { words } from '~/words/words';

const w = words.usage;

/** From when on a quota is nearly used up, in percent: what the alert of the product says too. */
const nearly = 90;

/** How full is a quota: its colour, its sign, and in words. */
function fullness(q: QuotaUsage): { variant?: NonNullable<ProgressProps['variant']>; text?: string } {
  if (q.limit === '0' && q.used === '0') return {}; // nothing is allowed, and nothing taken
  if (q.percent >= 100) return { variant: 'danger', text: w.usedUp };
  return q.percent >= nearly ? { variant: 'warning', text: w.nearlyUsedUp } : {};
}

interface Props {
  quota: QuotaUsage;
  /** In a table the bar stands alone, in one line; what it is of is said to those who listen. */
  compact?: boolean;
}

/** QuotaBar is how much of a quota is used, as a bar and in numbers. */
export function QuotaBar({ quota, compact = false }: Props) {
  const { variant, text } = fullness(quota);
  const title = resourceTitle(quota.resource);
  const [used, limit] = [amountText(quota.resource, quota.used), amountText(quota.resource, quota.limit)];
  const amount = w.of(used, limit);
  const percent = Math.round(quota.percent);
  const read = w.read(used, limit, percent);
  return (
    <Progress
      {...(compact ? { 'aria-label': title } : { title })}
      value={Math.min(percent, 100)}
      {...(variant ? { variant } : {})}
      size={compact ? 'sm' : 'md'}
      measureLocation={compact ? 'outside' : 'top'}
      label={text ? `${amount}, ${text}` : amount}
      valueText={text ? `${read}: ${text}` : read}
    />
  );
}
