import { Skeleton } from '@patternfly/react-core';
import { InnerScrollContainer, SortByDirection, Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useCallback, useMemo, type Dispatch, type SetStateAction } from 'react';

import type { BulkAction } from '~/api/jobs';
import type { Job, SortKey } from '~/api/types';
import { words } from '~/words/words';

import { columns } from './columns';
import { JobRow } from './JobRow';
import type { Selection } from './selection';
import './jobs.css';

const c = words.jobs.columns;

interface Props {
  jobs: Job[];
  loading: boolean;
  allProjects: boolean;
  selection: Selection;
  onSort: (by: SortKey, reverse: boolean) => void;
  selected: ReadonlyMap<string, Job>;
  onSelect: Dispatch<SetStateAction<ReadonlyMap<string, Job>>>;
  mayChange: boolean;
  mayCreate: boolean;
  onAct: (action: BulkAction, job: Job) => void;
}

/** Which way up a column is ordered at first: times and amounts begin with the largest. */
const largestFirst: readonly SortKey[] = ['created', 'started', 'finished', 'duration', 'workers', 'gpus'];

function direction(by: SortKey, reverse: boolean): SortByDirection {
  return largestFirst.includes(by) === reverse ? SortByDirection.asc : SortByDirection.desc;
}

export function JobsTable(p: Props) {
  const { allProjects, onSelect } = p;
  const shown = useMemo(() => columns.filter((k) => allProjects || !k.allProjects), [allProjects]);
  const selectOne = useCallback(
    (job: Job, on: boolean) =>
      onSelect((was) => {
        const next = new Map(was);
        if (on) next.set(job.uid, job);
        else next.delete(job.uid);
        return next;
      }),
    [onSelect],
  );
  const sortIndex = shown.findIndex((k) => k.key === p.selection.sortBy);
  const all = p.jobs.length > 0 && p.jobs.every((j) => p.selected.has(j.uid));
  return (
    <InnerScrollContainer>
      <Table aria-label={words.jobs.table} variant="compact" className="jobs-table" aria-busy={p.loading} gridBreakPoint="grid-lg">
        <Thead>
          <Tr>
            <Th aria-label={c.select} select={{ isSelected: all, onSelect: (_e, on) => p.onSelect(new Map(on ? p.jobs.map((j) => [j.uid, j]) : [])) }} />
            {shown.map((k, i) => (
              <Th
                key={k.key}
                modifier="nowrap"
                sort={{
                  sortBy: { index: sortIndex, direction: direction(p.selection.sortBy, p.selection.reverse), defaultDirection: direction(k.key, false) },
                  onSort: (_e, _i, way) => p.onSort(k.key, way !== direction(k.key, false)),
                  columnIndex: i,
                }}
              >
                {k.title}
              </Th>
            ))}
            <Th screenReaderText={c.actions} isStickyColumn stickyMinWidth="0" stickyRightOffset="0" />
          </Tr>
        </Thead>
        <Tbody>
          {p.loading
            ? Array.from({ length: 8 }, (_, row) => (
                <Tr key={row}>
                  <Td />
                  {shown.map((k) => (
                    <Td key={k.key}>
                      <Skeleton screenreaderText={row === 0 && k.key === 'name' ? words.loading : ''} />
                    </Td>
                  ))}
                  <Td />
                </Tr>
              ))
            : p.jobs.map((j) => (
                <JobRow key={j.uid} job={j} columns={shown} selected={p.selected.has(j.uid)} mayChange={p.mayChange} mayCreate={p.mayCreate} onSelect={selectOne} onAct={p.onAct} />
              ))}
        </Tbody>
      </Table>
    </InnerScrollContainer>
  );
}
