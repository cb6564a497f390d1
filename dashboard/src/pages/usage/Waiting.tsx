import { Content } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from 'react-router-dom';

import type { WaitingJob } from '~/api/types';
import { Ago } from '~/components/Ago';
import { CreatorName } from '~/components/CreatorName';
import { jobPath } from '~/components/jobPath';
import { PhaseLabel } from '~/components/PhaseLabel';
import { asksFor } from '~/components/resources';
import { words } from '~/words/words';

const w = words.usage;

interface Props {
  namespace: string;
  waiting: readonly WaitingJob[];
  /** How many there are; of very many only the oldest come. */
  all: number;
}

/** Waiting are the jobs that wait, the oldest first, and what each waits for. */
export function Waiting({ namespace, waiting, all }: Props) {
  if (waiting.length === 0) return <Content component="p">{w.noWaiting}</Content>;
  return (
    <>
      <Table aria-label={w.waiting} variant="compact" gridBreakPoint="grid-lg">
        <Thead>
          <Tr>
            <Th>{w.wait.name}</Th>
            <Th>{words.jobs.columns.phase}</Th>
            <Th width={40}>{w.wait.why}</Th>
            <Th>{w.wait.asks}</Th>
            <Th>{w.wait.creator}</Th>
            <Th>{words.jobs.columns.queue}</Th>
            <Th>{w.wait.since}</Th>
          </Tr>
        </Thead>
        <Tbody>
          {waiting.map((j) => (
            <Tr key={`${j.type} ${j.name}`}>
              <Td dataLabel={w.wait.name}>
                <Link to={jobPath({ ...j, namespace })}>{j.name}</Link>
              </Td>
              <Td dataLabel={words.jobs.columns.phase}>
                <PhaseLabel phase={j.phase} />
              </Td>
              <Td dataLabel={w.wait.why} modifier="breakWord">
                {j.message ?? w.noReason}
              </Td>
              <Td dataLabel={w.wait.asks}>{asksFor(j.resources)}</Td>
              <Td dataLabel={w.wait.creator}>
                <CreatorName name={j.creator} />
              </Td>
              <Td dataLabel={words.jobs.columns.queue}>{j.queue ?? words.none}</Td>
              <Td dataLabel={w.wait.since}>
                <Ago at={j.created} />
              </Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
      {all > waiting.length && <Content component="small">{w.moreWaiting(waiting.length, all)}</Content>}
    </>
  );
}
