import { Content, Flex, FlexItem } from '@patternfly/react-core';

import type { Detail } from '~/api/types';
import { Elapsed } from '~/components/Elapsed';
import { hours, left, moment, since, span } from '~/components/time';
import { useNow } from '~/components/useNow';
import { words } from '~/words/words';

const w = words.job.times;

/** JobTimes are the step a job has come to, and when it stops or how long it took. */
export function JobTimes({ job }: { job: Detail }) {
  const step = stepOf(job);
  const end = ending(job);
  return (
    <Flex columnGap={{ default: 'columnGapLg' }} rowGap={{ default: 'rowGapNone' }}>
      {step && (
        <FlexItem>
          <Step name={step.name} at={step.at} />
        </FlexItem>
      )}
      {end && (
        <FlexItem>
          <Content component="small">{end}</Content>
        </FlexItem>
      )}
    </Flex>
  );
}

/** stepOf is that step; a controller's start with a job isn't one of a job that still waits. */
function stepOf(job: Detail) {
  const waits = job.phase === 'Pending' || job.phase === 'Queued';
  return job.timeline?.findLast((s) => !(waits && s.name === 'Started'));
}

/** Steps that last until the next one; the others are moments. */
const lasting = ['Suspended', 'Restarting', 'Running'];

function Step({ name, at }: { name: string; at: string }) {
  const ago = useNow((now) => span(since(at, now)));
  return (
    <Content component="small">
      <time dateTime={at} title={moment(at)}>
        {(lasting.includes(name) ? w.lasts : w.was)(name, ago)}
      </time>
    </Content>
  );
}

/** ending is when a job stops, or how long it took; undefined where that is not known, or has no end. */
function ending(job: Detail): React.ReactNode {
  if (job.finished) {
    return job.started ? (
      <>
        {w.took} <Elapsed job={job} />
      </>
    ) : undefined;
  }
  if (job.phase === 'Terminating') return undefined;
  if (job.stopsAt) return <Stops at={job.stopsAt} />;
  return job.timeLimitSeconds ? w.limited(hours(job.timeLimitSeconds)) : undefined;
}

function Stops({ at }: { at: string }) {
  const rest = useNow((now) => left(-since(at, now)));
  return <time dateTime={at}>{w.stops(rest, moment(at))}</time>;
}
