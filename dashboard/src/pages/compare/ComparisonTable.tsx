import { Button, Icon } from '@patternfly/react-core';
import { NotEqualIcon, TimesIcon } from '@patternfly/react-icons';
import { InnerScrollContainer, Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Fragment } from 'react';
import { Link } from 'react-router-dom';

import { fewestCompared } from '~/api/compare';
import type { Comparison, Job } from '~/api/types';
import { jobPath } from '~/components/jobPath';
import { PhaseLabel } from '~/components/PhaseLabel';
import { words } from '~/words/words';

import { byGroup, fieldTitle, others } from './fields';

const w = words.compare;

interface Props {
  comparison: Comparison;
  /** Fields that are the same in all jobs too. */
  all: boolean;
  onLeaveOut: (name: string) => void;
}

/** ComparisonTable is a column for each job, and a row for each field. What isn't as in the first job is marked. */
export function ComparisonTable({ comparison, all, onLeaveOut }: Props) {
  const jobs = comparison.jobs ?? [];
  return (
    <InnerScrollContainer>
      <Table aria-label={w.table} variant="compact" gridBreakPoint="" className="compare-table">
        <Thead>
          <Tr>
            <Th isStickyColumn stickyMinWidth="0" hasRightBorder className="compare-field">
              {w.field}
            </Th>
            {jobs.map((j) => (
              <Th key={j.uid} modifier="wrap">
                <Column job={j} {...(jobs.length > fewestCompared ? { onLeaveOut } : {})} />
              </Th>
            ))}
          </Tr>
        </Thead>
        {byGroup(comparison.fields ?? [], all).map(([group, fields]) => (
          <Tbody key={group}>
            <Tr className="compare-group">
              <Th scope="rowgroup" isStickyColumn stickyMinWidth="0" modifier="nowrap">
                {w.groups[group]}
              </Th>
              {jobs.map((j) => (
                <Td key={j.uid} />
              ))}
            </Tr>
            {fields.map((f) => {
              const values = f.values ?? [];
              const other = others(values);
              return (
                <Tr key={f.field}>
                  <Th scope="row" isStickyColumn stickyMinWidth="0" hasRightBorder modifier="breakWord" className="compare-field">
                    {fieldTitle(f.field) ?? <Path path={f.field} />}
                  </Th>
                  {jobs.map((j, i) => (
                    <Td key={j.uid} modifier="breakWord" {...(other[i] ? { className: 'compare-other' } : {})}>
                      {other[i] && (
                        <Icon size="sm" isInline className="compare-sign">
                          <NotEqualIcon role="img" aria-hidden={false} aria-label={w.differs} />
                        </Icon>
                      )}
                      {said(values[i])}
                    </Td>
                  ))}
                </Tr>
              );
            })}
          </Tbody>
        ))}
      </Table>
    </InnerScrollContainer>
  );
}

/** A value that isn't set is an empty text. */
function said(value = ''): string {
  return value === '' ? words.none : value;
}

/** Path is a field of the manifest, which breaks where its parts end. */
function Path({ path }: { path: string }) {
  return (
    <code>
      {path.split(/(?<=[./[])/).map((part, i) => (
        <Fragment key={i}>
          {part}
          <wbr />
        </Fragment>
      ))}
    </code>
  );
}

/** Column is the head of a job's column. */
function Column({ job, onLeaveOut }: { job: Job; onLeaveOut?: (name: string) => void }) {
  return (
    <div className="compare-job">
      <Link to={jobPath(job)}>{job.name}</Link> <PhaseLabel phase={job.phase} />
      {onLeaveOut && <Button variant="plain" size="sm" icon={<TimesIcon />} aria-label={w.leaveOut(job.name)} onClick={() => onLeaveOut(job.name)} />}
    </div>
  );
}
