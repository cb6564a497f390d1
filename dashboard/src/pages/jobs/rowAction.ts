import type { BulkAction } from '~/api/jobs';

/** What a row of the list asks for of its job. */
export type RowAction = BulkAction | 'retry' | 'clone';
