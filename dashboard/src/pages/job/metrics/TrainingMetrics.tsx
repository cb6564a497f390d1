import { Card, CardBody, CardTitle, Content, DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm } from '@patternfly/react-core';

import type { Progress } from '~/api/types';
import { Ago } from '~/components/Ago';
import { words } from '~/words/words';

const w = words.progress;

/** TrainingMetrics are the numbers that the job's program told last, such as its loss. */
export function TrainingMetrics({ progress }: { progress: Progress }) {
  if (!progress.metrics?.length) return null;
  return (
    <Card>
      <CardTitle component="h2">{w.metrics}</CardTitle>
      <CardBody>
        <Content component="p">
          {w.told} <Ago at={progress.at} /> {words.job.ago}
        </Content>
        <DescriptionList isCompact columnModifier={{ default: '2Col', lg: '3Col' }}>
          {progress.metrics.map((m) => (
            <DescriptionListGroup key={m.name}>
              <DescriptionListTerm>{m.name}</DescriptionListTerm>
              <DescriptionListDescription>{w.value(m.value)}</DescriptionListDescription>
            </DescriptionListGroup>
          ))}
        </DescriptionList>
      </CardBody>
    </Card>
  );
}
