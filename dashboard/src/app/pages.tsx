import { lazy, type ComponentType } from 'react';
import { matchPath } from 'react-router-dom';

import type { Scope } from '~/api/types';
import { JobsPage } from '~/pages/jobs/JobsPage';
import { words } from '~/words/words';

import { scopeOf } from './scope';

/** A page: its address below the project's, and whether it is in the navigation, can show all projects, or is of none. */
export interface PageDescription {
  path: string;
  title: string;
  nav?: boolean;
  allProjects?: boolean;
  noProject?: boolean;
  Page: ComponentType;
}

/** All pages. Those that are not the first one come when they are asked for. */
export const pages: readonly PageDescription[] = [
  { path: 'jobs', title: words.pages.jobs, nav: true, allProjects: true, Page: JobsPage },
  { path: 'create', title: words.pages.create, nav: true, Page: lazy(() => import('~/pages/create/CreatePage')) },
  { path: 'templates', title: words.pages.templates, nav: true, Page: lazy(() => import('~/pages/templates/TemplatesPage')) },
  { path: 'usage', title: words.pages.usage, nav: true, allProjects: true, Page: lazy(() => import('~/pages/usage/UsagePage')) },
  { path: 'help', title: words.pages.help, nav: true, noProject: true, Page: lazy(() => import('~/pages/help/HelpPage')) },
  { path: 'compare', title: words.pages.compare, Page: lazy(() => import('~/pages/compare/ComparePage')) },
  { path: 'jobs/:name', title: words.pages.jobs, Page: lazy(() => import('~/pages/job/JobPage')) },
];

/** addresses are where a page is. */
export function addresses(p: PageDescription): string[] {
  if (p.noProject) return [`/${p.path}`];
  return [`/projects/:namespace/${p.path}`, ...(p.allProjects ? [`/all/${p.path}`] : [])];
}

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
