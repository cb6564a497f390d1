import { Skeleton } from '@patternfly/react-core';
import { InnerScrollContainer, SortByDirection, Table, Tbody, Th, Thead, Tr } from '@patternfly/react-table';
import { memo, useCallback, useDeferredValue, useMemo, type Dispatch, type SetStateAction } from 'react';

import type { Job, SortKey } from '~/api/types';
import { words } from '~/words/words';

import { cellOf, columns, type Column } from './columns';
import { JobRow } from './JobRow';
import type { RowAction } from './rowAction';
import type { Selection } from './selection';
import './jobs.css';

const c = words.jobs.columns;

/** How many rows are drawn at first, more than a screen has; the others follow while these can be read already. */
const atFirst = 20;

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
  onAct: (action: RowAction, job: Job) => void;
}

/** Which way up a column is ordered at first: times and amounts begin with the largest. */
const largestFirst: readonly SortKey[] = ['created', 'started', 'finished', 'duration', 'workers', 'gpus'];

function direction(by: SortKey, reverse: boolean): SortByDirection {
  return largestFirst.includes(by) === reverse ? SortByDirection.asc : SortByDirection.desc;
}

interface TitlesProps extends Pick<Props, 'selection' | 'onSort'> {
  shown: readonly Column[];
}

/** Titles are the columns', by which the list is ordered. */
const Titles = memo(function Titles({ shown, selection, onSort }: TitlesProps) {
  const index = shown.findIndex((k) => k.key === selection.sortBy);
  return shown.map((k, i) => (
    <Th
      key={k.key}
      modifier="nowrap"
      sort={{
        sortBy: { index, direction: direction(selection.sortBy, selection.reverse), defaultDirection: direction(k.key, false) },
        onSort: (_e, _i, way) => onSort(k.key, way !== direction(k.key, false)),
        columnIndex: i,
      }}
    >
      {k.title}
    </Th>
  ));
});

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
  const all = p.jobs.length > 0 && p.jobs.every((j) => p.selected.has(j.uid));
  // Rows are drawn bit by bit; those that are there already stay while others are.
  const loading = useDeferredValue(p.loading);
  const drawn = p.jobs.slice(0, Math.max(atFirst, useDeferredValue(p.jobs.length, 0)));
  return (
    <InnerScrollContainer>
      <Table aria-label={words.jobs.table} variant="compact" className="jobs-table" aria-busy={loading} gridBreakPoint="grid-lg">
        <Thead>
          <Tr>
            <Th aria-label={c.select} select={{ isSelected: all, onSelect: (_e, on) => p.onSelect(new Map(on ? p.jobs.map((j) => [j.uid, j]) : [])) }} />
            <Titles shown={shown} selection={p.selection} onSort={p.onSort} />
            <Th screenReaderText={c.actions} isStickyColumn stickyMinWidth="0" stickyRightOffset="0" />
          </Tr>
        </Thead>
        <Tbody>
          {loading
            ? Array.from({ length: 8 }, (_, row) => (
                <tr key={row} className="pf-v6-c-table__tr">
                  <td className="pf-v6-c-table__td pf-v6-c-table__check" />
                  {shown.map((k) => (
                    <td key={k.key} data-label={k.title} className={cellOf(k)}>
                      <Skeleton screenreaderText={row === 0 && k.key === 'name' ? words.loading : ''} />
                    </td>
                  ))}
                  <td className="pf-v6-c-table__td pf-v6-c-table__action" />
                </tr>
              ))
            : drawn.map((j) => (
                <JobRow key={j.uid} job={j} columns={shown} selected={p.selected.has(j.uid)} mayChange={p.mayChange} mayCreate={p.mayCreate} onSelect={selectOne} onAct={p.onAct} />
              ))}
        </Tbody>
      </Table>
    </InnerScrollContainer>
  );
}
