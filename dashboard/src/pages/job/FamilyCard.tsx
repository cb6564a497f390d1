import { Card, CardBody, CardTitle } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from 'react-router-dom';

import type { Detail } from '~/api/types';
import { pathOf } from '~/app/scope';
import { Ago } from '~/components/Ago';
import { PhaseLabel } from '~/components/PhaseLabel';
import { words } from '~/words/words';

/** FamilyCard is the job with what it is a copy of, and its own copies and retries. */
export function FamilyCard({ job }: { job: Detail }) {
  const w = words.job.family;
  return (
    <Card>
      <CardTitle component="h2">{w.title}</CardTitle>
      <CardBody>
        <Table aria-label={w.title} variant="compact">
          <Thead>
            <Tr>
              <Th>{words.jobs.columns.name}</Th>
              <Th>{words.jobs.columns.phase}</Th>
              <Th>{words.jobs.columns.created}</Th>
              <Th>{w.from}</Th>
            </Tr>
          </Thead>
          <Tbody>
            {job.family?.map((r) => (
              <Tr key={r.name}>
                <Td dataLabel={words.jobs.columns.name}>{r.name === job.name ? <strong>{r.name}</strong> : <Link to={pathOf(job.namespace, `jobs/${r.name}`)}>{r.name}</Link>}</Td>
                <Td dataLabel={words.jobs.columns.phase}>
                  <PhaseLabel phase={r.phase} />
                </Td>
                <Td dataLabel={words.jobs.columns.created}>
                  <Ago at={r.created} />
                </Td>
                <Td dataLabel={w.from}>{r.clonedFrom ?? words.none}</Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      </CardBody>
    </Card>
  );
}
