import { lazy, type ComponentType } from 'react';
import { matchPath } from 'react-router-dom';

import type { Scope } from '~/api/types';
import { JobsPage } from '~/pages/jobs/JobsPage';
import { words } from '~/words/words';

import { addresses, entries, type Entry } from './addresses';
import { scopeOf } from './scope';

/** A page and where it is. */
export interface PageDescription extends Entry {
  Page: ComponentType;
}

/** All pages. Those that are not the first one come when they are asked for. */
export const pages: readonly PageDescription[] = [
  { ...entries.jobs, Page: JobsPage },
  { ...entries.create, Page: lazy(() => import('~/pages/create/CreatePage')) },
  { ...entries.templates, Page: lazy(() => import('~/pages/templates/TemplatesPage')) },
  { ...entries.usage, Page: lazy(() => import('~/pages/usage/UsagePage')) },
  { ...entries.help, Page: lazy(() => import('~/pages/help/HelpPage')) },
  { ...entries.compare, Page: lazy(() => import('~/pages/compare/ComparePage')) },
  { ...entries.job, Page: lazy(() => import('~/pages/job/JobPage')) },
];

/** titleOf is what a browser calls the page at an address: what it is of comes first, as tabs are narrow. */
export function titleOf(pathname: string): string {
  for (const p of pages) {
    for (const path of addresses(p)) {
      const at = matchPath(path, pathname);
      if (at) return [...new Set([at.params.name ?? p.title, at.params.namespace, words.product])].filter(Boolean).join(' · ');
    }
  }
  return words.product;
}

/** samePage is the page that one comes to in another project: the one that is open, where it is of any project, or else the list. */
export function samePage(pathname: string, scope: Scope): string {
  const page = pathname.split('/').at(scopeOf(pathname) === null ? 2 : 3);
  return pages.find((p) => p.path === page && p.nav && !p.noProject && (scope !== null || p.allProjects))?.path ?? 'jobs';
}
