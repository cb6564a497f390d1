import { Card, CardBody, CardTitle, Gallery } from '@patternfly/react-core';

import type { NamespaceUsage } from '~/api/types';
import { words } from '~/words/words';

import { Creators } from './Creators';
import { Figures } from './Figures';
import { Quotas } from './Quotas';
import { Waiting } from './Waiting';

const w = words.usage;

/** ProjectUsage is what the jobs of one project take, of which quota, who takes it, and what waits. */
export function ProjectUsage({ usage }: { usage: NamespaceUsage }) {
  const parts: [string, React.ReactNode][] = [
    [w.inUse, <Figures key="figures" usage={usage} />],
    [w.quotas, <Quotas key="quotas" quotas={usage.quotas ?? []} />],
    [w.creators, <Creators key="creators" creators={usage.creators ?? []} />],
    [w.waiting, <Waiting key="waiting" namespace={usage.namespace} waiting={usage.waiting ?? []} all={usage.waitingJobs} />],
  ];
  return (
    <Gallery hasGutter minWidths={{ default: '100%' }}>
      {parts.map(([title, part]) => (
        <Card key={title}>
          <CardTitle component="h2">{title}</CardTitle>
          <CardBody>{part}</CardBody>
        </Card>
      ))}
    </Gallery>
  );
}
