import { Content } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';

import type { CreatorUsage } from '~/api/types';
import { CreatorName } from '~/components/CreatorName';
import { cpuText, memoryText } from '~/components/resources';
import { words } from '~/words/words';

const w = words.usage;

/** Creators are whose jobs take what: who takes most GPUs first. */
export function Creators({ creators }: { creators: readonly CreatorUsage[] }) {
  if (creators.length === 0) return <Content component="p">{w.noCreator}</Content>;
  return (
    <Table aria-label={w.creators} variant="compact" gridBreakPoint="grid-lg">
      <Thead>
        <Tr>
          <Th>{w.creator.name}</Th>
          <Th>{w.figures.gpus}</Th>
          <Th>{w.figures.cpu}</Th>
          <Th>{w.figures.memory}</Th>
          <Th>{w.creator.workers}</Th>
          <Th>{w.creator.jobs}</Th>
          <Th>{w.creator.waiting}</Th>
        </Tr>
      </Thead>
      <Tbody>
        {creators.map((c) => (
          <Tr key={c.creator}>
            <Td dataLabel={w.creator.name}>{c.creator ? <CreatorName name={c.creator} /> : w.unknown}</Td>
            <Td dataLabel={w.figures.gpus}>{c.resources?.gpus ?? 0}</Td>
            <Td dataLabel={w.figures.cpu}>{cpuText(c.resources?.cpu ?? '0')}</Td>
            <Td dataLabel={w.figures.memory}>{memoryText(c.resources?.memory ?? '0')}</Td>
            <Td dataLabel={w.creator.workers}>{c.workers}</Td>
            <Td dataLabel={w.creator.jobs}>{c.jobs}</Td>
            <Td dataLabel={w.creator.waiting}>{c.waiting}</Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
