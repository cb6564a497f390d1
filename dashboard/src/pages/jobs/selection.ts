import type { ListQuery } from '~/api/jobs';
import type { JobType, Phase, SortKey } from '~/api/types';
import { jobTypes } from '~/jobtypes';

/** Selection is which jobs a list shows, and how; it lives in the address, so that it can be kept and sent. */
export interface Selection {
  search: string;
  phases: Phase[];
  types: JobType[];
  creator: string;
  sortBy: SortKey;
  reverse: boolean;
  page: number;
  perPage: number;
}

export const phases: readonly Phase[] = ['Running', 'Pending', 'Queued', 'Initializing', 'Suspended', 'Succeeded', 'Failed', 'Terminating'];
const sortKeys: readonly SortKey[] = ['created', 'started', 'finished', 'duration', 'workers', 'gpus', 'name', 'namespace', 'phase', 'type', 'creator', 'queue'];
/** How many jobs a page shows. More than a hundred rows don't scroll smoothly on a slow machine, drawn all at once or as they come into sight. */
export const perPages = [20, 50, 100] as const;

function among<T extends string>(all: readonly T[], values: string[]): T[] {
  return all.filter((v) => values.includes(v));
}

/** fromQuery reads a selection from an address; what makes no sense is as if it weren't there. */
export function fromQuery(q: URLSearchParams): Selection {
  const page = Number(q.get('page') ?? 1);
  const perPage = Number(q.get('perPage') ?? perPages[0]);
  return {
    search: (q.get('search') ?? '').slice(0, 256),
    phases: among(phases, q.getAll('phase')),
    types: among(jobTypes, q.getAll('type')),
    creator: (q.get('creator') ?? '').slice(0, 256),
    sortBy: among(sortKeys, [q.get('sortBy') ?? ''])[0] ?? 'created',
    reverse: q.get('reverse') === 'true',
    page: Number.isInteger(page) && page > 0 ? page : 1,
    perPage: perPages.find((n) => n === perPage) ?? perPages[0],
  };
}

/** toQuery is its inverse; defaults are left out. */
export function toQuery(s: Selection): URLSearchParams {
  const q = new URLSearchParams();
  if (s.search) q.set('search', s.search);
  for (const p of s.phases) q.append('phase', p);
  for (const t of s.types) q.append('type', t);
  if (s.creator) q.set('creator', s.creator);
  if (s.sortBy !== 'created') q.set('sortBy', s.sortBy);
  if (s.reverse) q.set('reverse', 'true');
  if (s.page > 1) q.set('page', String(s.page));
  if (s.perPage !== perPages[0]) q.set('perPage', String(s.perPage));
  return q;
}

/** queryOf is what a selection asks the service for. */
export function queryOf(s: Selection): ListQuery {
  return {
    limit: s.perPage,
    sortBy: s.sortBy,
    ...(s.search ? { search: s.search } : {}),
    ...(s.phases.length > 0 ? { phase: s.phases } : {}),
    ...(s.types.length > 0 ? { type: s.types } : {}),
    ...(s.creator ? { creator: s.creator } : {}),
    ...(s.reverse ? { reverse: true } : {}),
    ...(s.page > 1 ? { offset: (s.page - 1) * s.perPage } : {}),
  };
}

/** Whether a selection leaves jobs out. */
export function filtered(s: Selection): boolean {
  return s.search !== '' || s.phases.length > 0 || s.types.length > 0 || s.creator !== '';
}
