import { Card, CardBody, CardHeader, CardTitle } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from 'react-router-dom';

import { mostCompared } from '~/api/compare';
import type { Detail } from '~/api/types';
import { pathOf } from '~/app/scope';
import { Ago } from '~/components/Ago';
import { comparePath } from '~/components/comparePath';
import { LinkButton } from '~/components/LinkButton';
import { PhaseLabel } from '~/components/PhaseLabel';
import { words } from '~/words/words';

/** FamilyCard is the job with what it is a copy of, and its own copies and retries. */
export function FamilyCard({ job }: { job: Detail }) {
  const w = words.job.family;
  const family = job.family ?? [];
  // The job itself, and as many of the newest as can be compared.
  const all = family.map((r) => r.name).filter((name, i) => family.length <= mostCompared || name === job.name || i > family.length - mostCompared);
  return (
    <Card>
      <CardHeader
        {...(all.length > 2 && {
          actions: {
            actions: (
              <LinkButton variant="secondary" to={comparePath(job.namespace, all)}>
                {w.all}
              </LinkButton>
            ),
          },
        })}
      >
        <CardTitle component="h2">{w.title}</CardTitle>
      </CardHeader>
      <CardBody>
        <Table aria-label={w.title} variant="compact">
          <Thead>
            <Tr>
              <Th>{words.jobs.columns.name}</Th>
              <Th>{words.jobs.columns.phase}</Th>
              <Th>{words.jobs.columns.created}</Th>
              <Th>{w.from}</Th>
              <Th>{w.compare}</Th>
            </Tr>
          </Thead>
          <Tbody>
            {family.map((r) => (
              <Tr key={r.name}>
                <Td dataLabel={words.jobs.columns.name}>{r.name === job.name ? <strong>{r.name}</strong> : <Link to={pathOf(job.namespace, `jobs/${r.name}`)}>{r.name}</Link>}</Td>
                <Td dataLabel={words.jobs.columns.phase}>
                  <PhaseLabel phase={r.phase} />
                </Td>
                <Td dataLabel={words.jobs.columns.created}>
                  <Ago at={r.created} />
                </Td>
                <Td dataLabel={w.from}>{r.clonedFrom ?? words.none}</Td>
                <Td dataLabel={w.compare}>
                  {r.name === job.name ? (
                    words.none
                  ) : (
                    <Link to={comparePath(job.namespace, [r.name, job.name])} aria-label={w.with(r.name)}>
                      {w.compare}
                    </Link>
                  )}
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      </CardBody>
    </Card>
  );
}
