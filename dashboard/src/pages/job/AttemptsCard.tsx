import { Card, CardBody, CardTitle, Content, ExpandableSection } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';

import { useEvents, type Before } from '~/api/attempts';
import type { JobRef } from '~/api/job';
import { useRights } from '~/api/me';
import type { Detail } from '~/api/types';
import { Ago } from '~/components/Ago';
import { PhaseLabel } from '~/components/PhaseLabel';
import { words } from '~/words/words';

import { endedOf, restarted, unknownOf } from './attempts';
import { PreviousLog } from './PreviousLog';

const w = words.job.attempts;

/** AttemptsCard is how often a job was started, how each time ended, and the log of the one before. */
export function AttemptsCard({ jobRef, job }: { jobRef: JobRef; job: Detail }) {
  const rights = useRights(job.namespace);
  const version = `${job.uid} ${job.attempt} ${job.phase}`;
  const newest = endedOf(job, job.events ?? []);
  // Of an end that came with the job, what was read before it knows nothing: all are read again then.
  const events = useEvents(jobRef, [version, newest[0]?.at, newest[0]?.times].join(' '), rights.may('events'));
  const ended = events.data ? endedOf(job, events.data) : newest;
  const unknown = unknownOf(job, ended);
  const of: Before = { launcher: job.launcherPod !== undefined, workers: restarted(job) };
  return (
    <Card>
      <CardTitle component="h2">{w.title}</CardTitle>
      <CardBody>
        <Table aria-label={w.title} variant="compact">
          <Thead>
            <Tr>
              <Th>{w.ended}</Th>
              <Th width={80}>{w.how}</Th>
            </Tr>
          </Thead>
          <Tbody>
            <Tr>
              <Td dataLabel={w.ended}>{job.finished ? <Past at={job.finished} /> : words.none}</Td>
              <Td dataLabel={w.how} modifier="breakWord">
                <PhaseLabel phase={job.phase} /> {w.current(job.attempt)}
                {job.phase === 'Failed' && job.message && `: ${job.message}`}
              </Td>
            </Tr>
            {ended.map((e, i) => (
              <Tr key={`${e.at} ${i}`}>
                <Td dataLabel={w.ended}>
                  <Past at={e.at} />
                </Td>
                <Td dataLabel={w.how} modifier="breakWord">
                  {w.times(e.why ?? w.suspended, e.times)}
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
        {unknown > 0 && rights.known && !events.isLoading && <Content component="small">{w.unknown(unknown)}</Content>}
        {rights.may('logs') && (of.launcher || of.workers.length > 0) && <BeforeIt jobRef={jobRef} of={of} version={version} />}
      </CardBody>
    </Card>
  );
}

function Past({ at }: { at: string }) {
  return (
    <>
      <Ago at={at} /> {words.job.ago}
    </>
  );
}

/** BeforeIt asks for the log of the run before when somebody wants it. */
function BeforeIt({ jobRef, of, version }: { jobRef: JobRef; of: Before; version: string }) {
  const [open, setOpen] = useState(false);
  return (
    <ExpandableSection toggleText={w.log} isExpanded={open} onToggle={(_e, on) => setOpen(on)}>
      {open && <PreviousLog jobRef={jobRef} of={of} version={version} />}
    </ExpandableSection>
  );
}
