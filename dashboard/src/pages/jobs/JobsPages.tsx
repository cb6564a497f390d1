import { Pagination, PaginationVariant } from '@patternfly/react-core';
import { memo } from 'react';

import { perPages, type Selection } from './selection';

interface Props {
  selection: Selection;
  total: number;
  onChoose: (change: Partial<Selection>) => void;
}

export const JobsPages = memo(function JobsPages({ selection, total, onChoose }: Props) {
  return (
    <Pagination
      itemCount={total}
      page={selection.page}
      perPage={selection.perPage}
      perPageOptions={perPages.map((n) => ({ title: String(n), value: n }))}
      onSetPage={(_e, page) => onChoose({ page })}
      onPerPageSelect={(_e, perPage) => onChoose({ perPage })}
      variant={PaginationVariant.bottom}
    />
  );
});
