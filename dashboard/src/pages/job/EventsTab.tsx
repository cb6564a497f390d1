import { EmptyState, EmptyStateBody, Label } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';

import type { Detail } from '~/api/types';
import { Ago } from '~/components/Ago';
import { words } from '~/words/words';

const w = words.job.events;

/** EventsTab is what the cluster said of the job and its pods, the newest first. */
export function EventsTab({ events }: { events: NonNullable<Detail['events']> }) {
  if (events.length === 0) {
    return (
      <EmptyState titleText={w.none} headingLevel="h2">
        <EmptyStateBody>{w.noneText}</EmptyStateBody>
      </EmptyState>
    );
  }
  return (
    <Table aria-label={words.job.tab.events} variant="compact">
      <Thead>
        <Tr>
          <Th>{w.at}</Th>
          <Th>{w.about}</Th>
          <Th>{w.reason}</Th>
          <Th width={60}>{w.message}</Th>
        </Tr>
      </Thead>
      <Tbody>
        {[...events].reverse().map((e, i) => (
          <Tr key={`${e.at} ${e.about} ${e.reason} ${i}`}>
            <Td dataLabel={w.at}>
              <Ago at={e.at} />
            </Td>
            <Td dataLabel={w.about}>{e.about}</Td>
            <Td dataLabel={w.reason}>
              {e.warning ? (
                <Label status="warning" variant="outline" isCompact>
                  {e.reason}
                </Label>
              ) : (
                e.reason
              )}
            </Td>
            <Td dataLabel={w.message} modifier="breakWord">
              {e.message}
              {e.count > 1 && ` (×${e.count})`}
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
