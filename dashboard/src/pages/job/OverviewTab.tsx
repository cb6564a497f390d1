import { Alert, Card, CardBody, CardTitle, Gallery, Grid, GridItem } from '@patternfly/react-core';

import type { JobRef } from '~/api/job';
import type { Detail } from '~/api/types';
import { typeOf } from '~/jobtypes';
import { words } from '~/words/words';

import { hasAttempts } from './attempts';
import { AttemptsCard } from './AttemptsCard';
import { FailureCard } from './FailureCard';
import { FamilyCard } from './FamilyCard';
import { JobFacts } from './JobFacts';
import { Timeline } from './Timeline';
import { Topology } from './Topology';

interface Props {
  jobRef: JobRef;
  job: Detail;
  /** Shows the log of a Worker, of the Launcher for -1. */
  onLog: (worker: number) => void;
}

/** OverviewTab is what one wants to know first; of a failed job that is why. */
export function OverviewTab({ jobRef, job, onLog }: Props) {
  return (
    <Gallery hasGutter minWidths={{ default: '100%' }}>
      {job.notes?.map((n) => <Alert key={n} variant="info" isInline title={n} component="p" />)}
      {job.phase === 'Failed' && <FailureCard job={job} onLog={onLog} />}
      <Card>
        <CardTitle component="h2">{words.job.timeline}</CardTitle>
        <CardBody>
          <Timeline job={job} />
        </CardBody>
      </Card>
      <Grid hasGutter>
        <GridItem lg={8}>
          <Card isFullHeight>
            <CardTitle component="h2">{typeOf(job).words.topology}</CardTitle>
            <CardBody>
              <Topology job={job} onLog={onLog} />
            </CardBody>
          </Card>
        </GridItem>
        <GridItem lg={4}>
          <Card isFullHeight>
            <CardTitle component="h2">{words.job.facts}</CardTitle>
            <CardBody>
              <JobFacts job={job} />
            </CardBody>
          </Card>
        </GridItem>
      </Grid>
      {hasAttempts(job) && <AttemptsCard jobRef={jobRef} job={job} />}
      {job.family && job.family.length > 0 && <FamilyCard job={job} />}
    </Gallery>
  );
}
