import { memo } from 'react';

import type { Job } from '~/api/types';

import { words } from '~/words/words';

import { cellOf, type Column } from './columns';
import type { RowAction } from './rowAction';
import { RowActions } from './RowActions';

interface Props {
  job: Job;
  columns: readonly Column[];
  selected: boolean;
  mayChange: boolean;
  mayCreate: boolean;
  onSelect: (job: Job, on: boolean) => void;
  onAct: (action: RowAction, job: Job) => void;
}

/**
 * JobRow is a job in the list. Of hundreds only those that changed are drawn again.
 *
 * Its elements are those that PatternFly's Tr, Td, Checkbox and MenuToggle make, by the same classes. Those components
 * look in each cell whether its text is cut off, which lays the page out a thousand times over: half of what the list took.
 */
export const JobRow = memo(function JobRow({ job, columns, selected, mayChange, mayCreate, onSelect, onAct }: Props) {
  return (
    <tr className="pf-v6-c-table__tr">
      <td className="pf-v6-c-table__td pf-v6-c-table__check">
        <div className="pf-v6-c-check pf-m-standalone">
          <input
            id={`select-${job.uid}`}
            className="pf-v6-c-check__input"
            type="checkbox"
            aria-invalid={false}
            aria-label={words.jobs.selectOne(job.name)}
            checked={selected}
            onChange={(e) => onSelect(job, e.currentTarget.checked)}
          />
        </div>
      </td>
      {columns.map((k) => (
        <td key={k.key} data-label={k.title} className={cellOf(k)}>
          {k.cell(job)}
        </td>
      ))}
      <td className="pf-v6-c-table__td pf-v6-c-table__action pf-v6-c-table__sticky-cell">
        <RowActions job={job} mayChange={mayChange} mayCreate={mayCreate} onAct={onAct} />
      </td>
    </tr>
  );
});
