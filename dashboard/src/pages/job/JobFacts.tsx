import { DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm, DescriptionListTermHelpText, DescriptionListTermHelpTextButton, Popover } from '@patternfly/react-core';

import type { Detail } from '~/api/types';
import { Ago } from '~/components/Ago';
import { Elapsed } from '~/components/Elapsed';
import { hours, moment } from '~/components/time';
import { Workers } from '~/components/Workers';
import { nameOf, typeOf } from '~/jobtypes';
import { words } from '~/words/words';

const w = words.job.fact;
const l = words.job.limit;

/** timeLimit is a job's time limit; of one that nobody asked for it says that in a word, and beside its name where it comes from and how to have another. */
function timeLimit(job: Detail): [value: string | undefined, help?: string] {
  if (!job.timeLimitSeconds || job.finished) return [undefined];
  const limit = hours(job.timeLimitSeconds);
  if (job.timeLimitIsNamespaces) return [l.ofNamespace(limit), `${l.isNamespaces(limit, job.namespace)} ${l.change}`];
  if (job.timeLimitIsDefault) return [l.byDefault(limit), `${l.isDefault(limit)} ${l.change}`];
  return [limit];
}

/** JobFacts are what the job is made of, and until when it may run. */
export function JobFacts({ job }: { job: Detail }) {
  const r = job.resourcesPerWorker;
  const of = typeOf(job).words;
  const facts: [term: string, value: React.ReactNode, help?: string][] = [
    [w.type, nameOf(job)],
    [w.creator, job.creator],
    [w.image, job.image],
    [of.workers, <Workers key="workers" job={job} />],
    [of.slots, job.slotsPerWorker],
    [of.cpu, r?.cpu],
    [of.memory, r?.memory],
    [of.gpus, r?.gpus],
    [w.queue, job.queue],
    [w.created, <><Ago at={job.created} /> {words.job.ago}</>],
    [w.duration, <Elapsed key="elapsed" job={job} />],
    [w.cost, job.cost?.text],
    [w.stopsAt, job.stopsAt && !job.finished ? moment(job.stopsAt) : undefined],
    [w.timeLimit, ...timeLimit(job)],
    [w.attempt, job.attempt && job.attempt > 1 ? job.attempt : undefined],
  ];
  return (
    <DescriptionList isHorizontal isCompact horizontalTermWidthModifier={{ default: '15ch' }}>
      {facts
        .filter(([, value]) => value !== undefined && value !== '' && value !== 0)
        .map(([term, value, help]) => (
          <DescriptionListGroup key={term}>
            {help === undefined ? (
              <DescriptionListTerm>{term}</DescriptionListTerm>
            ) : (
              <DescriptionListTermHelpText>
                <Popover aria-label={term} bodyContent={help}>
                  <DescriptionListTermHelpTextButton>{term}</DescriptionListTermHelpTextButton>
                </Popover>
              </DescriptionListTermHelpText>
            )}
            <DescriptionListDescription>{value}</DescriptionListDescription>
          </DescriptionListGroup>
        ))}
    </DescriptionList>
  );
}
