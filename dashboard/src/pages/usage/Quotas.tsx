import { Content, Grid, GridItem } from '@patternfly/react-core';

import type { QuotaUsage } from '~/api/types';
import { gpusFirst } from '~/components/resources';
import { words } from '~/words/words';

import { QuotaBar } from './QuotaBar';

/** Quotas are what limits the jobs of a project, and how much of it is used; GPUs first. */
export function Quotas({ quotas }: { quotas: readonly QuotaUsage[] }) {
  if (quotas.length === 0) return <Content component="p">{words.usage.noQuota}</Content>;
  const several = new Set(quotas.map((q) => q.quota)).size > 1;
  return (
    <Grid hasGutter md={6} component="ul" className="usage-quotas">
      {gpusFirst(quotas).map((q) => (
        <GridItem key={`${q.quota} ${q.resource}`} component="li">
          <QuotaBar quota={q} />
          {several && <Content component="small">{words.usage.named(q.quota)}</Content>}
        </GridItem>
      ))}
    </Grid>
  );
}
