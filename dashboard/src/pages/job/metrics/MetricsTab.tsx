import { Card, CardBody, CardTitle, Content, EmptyState, EmptyStateBody, Gallery, Grid, GridItem, Skeleton } from '@patternfly/react-core';
import { lazy, Suspense, useMemo } from 'react';

import { useCurves, useProgressCurve, useUsage } from '~/api/measures';
import { asProblem } from '~/api/problem';
import type { JobRef } from '~/api/job';
import type { Detail } from '~/api/types';
import { ProblemView } from '~/components/ProblemView';
import { typeOf } from '~/jobtypes';
import { words } from '~/words/words';

import { measuresOf, most } from './series';
import { NoTrainingMetrics, TrainingMetrics } from './TrainingMetrics';
import { UsageTable } from './UsageTable';

// Charts weigh more than all the rest; they come when one looks at them.
const MeasureChart = lazy(() => import('./MeasureChart'));

const w = words.job.metrics;

interface Props {
  jobRef: JobRef;
  job: Detail;
}

/** MetricsTab is what the program tells of itself, and what its Launcher and Workers use. */
export function MetricsTab({ jobRef, job }: Props) {
  return (
    <Gallery hasGutter minWidths={{ default: '100%' }}>
      <Training jobRef={jobRef} job={job} />
      <Measures jobRef={jobRef} job={job} />
    </Gallery>
  );
}

/** Training is what the program tells: the newest of it at once, as it came with the job. */
function Training({ jobRef, job }: Props) {
  const curve = useProgressCurve(jobRef, job.uid, job.progress?.at);
  if (!job.progress) return typeOf(job).agent ? <NoTrainingMetrics /> : null;
  return (
    <>
      <TrainingMetrics progress={job.progress} curve={curve.data} />
      {curve.isError && <ProblemView error={curve.error} onRetry={() => void curve.refetch()} />}
    </>
  );
}

/** Measures are what the Launcher and each Worker, or what the job has instead, use: over time in pictures, and now in numbers. */
function Measures({ jobRef, job }: Props) {
  const running = job.finished === undefined;
  const curves = useCurves(jobRef, job.uid, running);
  const usage = useUsage(jobRef, job.uid, running);
  const measures = useMemo(() => (curves.data ? measuresOf(curves.data, usage.data) : []), [curves.data, usage.data]);
  if (curves.isError) {
    if (asProblem(curves.error).code !== 'NoMetrics') return <ProblemView error={curves.error} onRetry={() => void curves.refetch()} />;
    return (
      <EmptyState titleText={w.noneTitle} headingLevel="h2">
        <EmptyStateBody>{asProblem(curves.error).message}</EmptyStateBody>
      </EmptyState>
    );
  }
  if (curves.isPending) return <Skeleton height="20rem" screenreaderText={words.loading} />;
  return (
    <Gallery hasGutter minWidths={{ default: '100%' }}>
      {measures.length === 0 && (
        <EmptyState titleText={running ? w.soonTitle : w.overTitle} headingLevel="h2">
          <EmptyStateBody>{running ? w.soon(curves.data.everySeconds) : w.over}</EmptyStateBody>
        </EmptyState>
      )}
      {measures.length > 0 && (
        <Grid hasGutter>
          {measures.map((m) => (
            <GridItem key={m.key} xl={6}>
              <Card isFullHeight>
                <CardTitle component="h2">{w.chart[m.key]}</CardTitle>
                <CardBody>
                  {m.left > 0 && <Content component="p">{w.left(most, m.left)}</Content>}
                  <Suspense fallback={<Skeleton height="260px" screenreaderText={words.loading} />}>
                    <MeasureChart measure={m} limitName={typeOf(job).words.limit} />
                  </Suspense>
                </CardBody>
              </Card>
            </GridItem>
          ))}
        </Grid>
      )}
      {usage.data && running && (
        <Card>
          <CardTitle component="h2">{w.now}</CardTitle>
          <CardBody>
            <UsageTable usage={usage.data} />
          </CardBody>
        </Card>
      )}
    </Gallery>
  );
}
