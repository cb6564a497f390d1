import { Checkbox } from '@patternfly/react-core';
import { Td, Tr } from '@patternfly/react-table';
import { memo } from 'react';

import type { BulkAction } from '~/api/jobs';
import type { Job } from '~/api/types';

import { words } from '~/words/words';

import type { Column } from './columns';
import { RowActions } from './RowActions';

interface Props {
  job: Job;
  columns: readonly Column[];
  selected: boolean;
  mayChange: boolean;
  mayCreate: boolean;
  onSelect: (job: Job, on: boolean) => void;
  onAct: (action: BulkAction, job: Job) => void;
}

/** JobRow is a job in the list. Of hundreds only those that changed are drawn again. */
export const JobRow = memo(function JobRow({ job, columns, selected, mayChange, mayCreate, onSelect, onAct }: Props) {
  return (
    <Tr>
      {/* The table's own has the row's number for a name. */}
      <Td className="pf-v6-c-table__check">
        <Checkbox id={`select-${job.uid}`} aria-label={words.jobs.selectOne(job.name)} isChecked={selected} onChange={(_e, on) => onSelect(job, on)} />
      </Td>
      {columns.map((k) => (
        <Td key={k.key} dataLabel={k.title} {...(k.look ? { className: k.look } : {})}>
          {k.cell(job)}
        </Td>
      ))}
      <Td isActionCell isStickyColumn stickyMinWidth="0" stickyRightOffset="0">
        <RowActions job={job} mayChange={mayChange} mayCreate={mayCreate} onAct={onAct} />
      </Td>
    </Tr>
  );
});
