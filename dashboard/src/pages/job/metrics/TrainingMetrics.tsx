import { Card, CardBody, CardTitle, Content, ExpandableSection, Gallery, Skeleton, Title } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { lazy, Suspense, useState } from 'react';

import type { Progress, ProgressCurve } from '~/api/types';
import { Ago } from '~/components/Ago';
import { words } from '~/words/words';

import { clock, drawn, toldBy, valueOf, type Told } from './training';
import './metrics.css';

const TrainingChart = lazy(() => import('./TrainingChart'));

const w = words.progress;

interface Props {
  progress: Progress;
  /** What was told over time; undefined while that is not there yet. */
  curve?: ProgressCurve | undefined;
}

/** TrainingMetrics are the numbers that the job's program tells, such as its loss: as they are, and as they were. */
export function TrainingMetrics({ progress, curve }: Props) {
  const all = toldBy(progress, curve);
  if (all.length === 0) return null;
  const some = all.some(drawn);
  const since = curve && Date.parse(curve.since);
  const left = curve?.left ?? 0;
  return (
    <Card>
      <CardTitle component="h2">{w.metrics}</CardTitle>
      <CardBody>
        <Content component="p">
          {w.told} <Ago at={progress.at} /> {words.job.ago}.{curve?.partial && since !== undefined && <> {w.partial(clock(since, Date.parse(progress.at) - since))}</>}
          {left > 0 && <> {w.onlyNewest(left)}</>}
          {curve && !some && <> {w.one}</>}
        </Content>
        <Gallery hasGutter minWidths={{ default: '100%', sm: '18rem' }} className="training-metrics">
          {all.map((t) => (
            <Metric key={t.title} told={t} />
          ))}
        </Gallery>
        {some && <AsTable all={all} />}
      </CardBody>
    </Card>
  );
}

/** NoTrainingMetrics says how a program that tells nothing could. */
export function NoTrainingMetrics() {
  return (
    <Card>
      <CardTitle component="h2">{w.metrics}</CardTitle>
      <CardBody>
        <Content component="p">
          {w.none} <code>{w.noneCommand}</code>. <a href={w.docs}>{w.noneMore}</a>
        </Content>
      </CardBody>
    </Card>
  );
}

function Metric({ told }: { told: Told }) {
  return (
    <section className="training-metric" aria-label={told.title}>
      <Title headingLevel="h3" size="md" className="training-name">
        {told.title}
      </Title>
      <p>
        <span className="training-now">{valueOf(told, told.now)}</span>
        {drawn(told) && !told.percent && <span className="training-range"> {w.range(valueOf(told, told.line.min), valueOf(told, told.line.max))}</span>}
      </p>
      {drawn(told) && (
        <Suspense fallback={<Skeleton height="8rem" screenreaderText={words.loading} />}>
          <TrainingChart told={told} />
        </Suspense>
      )}
    </section>
  );
}

function AsTable({ all }: { all: Told[] }) {
  const [open, setOpen] = useState(false);
  return (
    <ExpandableSection toggleText={w.table} isExpanded={open} onToggle={(_e, is) => setOpen(is)}>
      <Table aria-label={w.metrics} variant="compact">
        <Thead>
          <Tr>
            <Th>{w.metric}</Th>
            <Th>{w.now}</Th>
            <Th>{w.least}</Th>
            <Th>{w.most}</Th>
            <Th>{w.reports}</Th>
          </Tr>
        </Thead>
        <Tbody>
          {all.map((t) => (
            <Tr key={t.title}>
              <Td dataLabel={w.metric}>{t.title}</Td>
              <Td dataLabel={w.now}>{valueOf(t, t.now)}</Td>
              <Td dataLabel={w.least}>{valueOf(t, t.line?.min ?? t.now)}</Td>
              <Td dataLabel={w.most}>{valueOf(t, t.line?.max ?? t.now)}</Td>
              <Td dataLabel={w.reports}>{t.line?.reports ?? words.none}</Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
    </ExpandableSection>
  );
}
