import { useState } from 'react';
import { useLocation } from 'react-router-dom';

import type { Scope } from '~/api/types';

import { keep, kept } from './keep';

const saved = 'training-jobs-project';

/** useScope is the project of the address: null for all of them, undefined where the address names none. */
export function useScope(): Scope | undefined {
  return scopeOf(useLocation().pathname);
}

/** useLastScope is the project of the address, or where it names none, the one looked at before. */
export function useLastScope(): Scope | undefined {
  const here = useScope();
  const [last, setLast] = useState(lastScope);
  if (here !== undefined && here !== last) setLast(here);
  return here === undefined ? last : here;
}

/** decoded is a part of an address as it was meant; one that makes no sense stays as it is. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function scopeOf(path: string): Scope | undefined {
  const [, first, second] = path.split('/');
  if (first === 'all') return null;
  return first === 'projects' && second ? decoded(second) : undefined;
}

/** pathOf is the address of a page in a project, or in all. */
export function pathOf(scope: Scope | undefined, page: string): string {
  if (scope === undefined) return '/';
  return scope === null ? `/all/${page}` : `/projects/${encodeURIComponent(scope)}/${page}`;
}

/** The project this browser looked at last. */
export function lastScope(): Scope | undefined {
  const v = kept(saved);
  return v === '' ? null : v;
}

export function rememberScope(scope: Scope) {
  keep(saved, scope ?? '');
}
