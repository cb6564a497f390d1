import { Content, DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm } from '@patternfly/react-core';

import type { Detail } from '~/api/types';
import { Ago } from '~/components/Ago';
import { Elapsed } from '~/components/Elapsed';
import { hours } from '~/components/time';
import { Workers } from '~/components/Workers';
import { words } from '~/words/words';

const w = words.job.fact;

/** timeLimit is a job's time limit; of one that nobody asked for it says where it comes from, and how to have another. */
function timeLimit(job: Detail): React.ReactNode {
  const limit = job.timeLimitSeconds;
  if (!limit || job.finished) return undefined;
  if (!job.timeLimitIsDefault && !job.timeLimitIsNamespaces) return hours(limit);
  const origin = job.timeLimitIsNamespaces ? words.job.limit.isNamespaces(hours(limit), job.namespace) : words.job.limit.isDefault(hours(limit));
  return (
    <>
      {origin} <Content component="small">{words.job.limit.change}</Content>
    </>
  );
}

/** JobFacts are what the job is made of, and until when it may run. */
export function JobFacts({ job }: { job: Detail }) {
  const r = job.resourcesPerWorker;
  const facts: [string, React.ReactNode][] = [
    [w.type, words.types[job.type]],
    [w.creator, job.creator],
    [w.image, job.image],
    [w.workers, <Workers key="workers" job={job} />],
    [w.slots, job.slotsPerWorker],
    [w.cpu, r?.cpu],
    [w.memory, r?.memory],
    [w.gpus, r?.gpus],
    [w.queue, job.queue],
    [w.created, <><Ago at={job.created} /> {words.job.ago}</>],
    [w.duration, <Elapsed key="elapsed" job={job} />],
    [w.cost, job.cost?.text],
    [w.stopsAt, job.stopsAt && !job.finished ? new Date(job.stopsAt).toLocaleString() : undefined],
    [w.timeLimit, timeLimit(job)],
    [w.attempt, job.attempt && job.attempt > 1 ? job.attempt : undefined],
  ];
  return (
    <DescriptionList isHorizontal isCompact horizontalTermWidthModifier={{ default: '20ch' }}>
      {facts
        .filter(([, value]) => value !== undefined && value !== '' && value !== 0)
        .map(([term, value]) => (
          <DescriptionListGroup key={term}>
            <DescriptionListTerm>{term}</DescriptionListTerm>
            <DescriptionListDescription>{value}</DescriptionListDescription>
          </DescriptionListGroup>
        ))}
    </DescriptionList>
  );
}
