import { words } from '~/words/words';

/** Where a page is below its project's address, and whether it is in the navigation, can show all projects, or is of none. */
export interface Entry {
  path: string;
  title: string;
  nav?: boolean;
  allProjects?: boolean;
  noProject?: boolean;
}

/** The first one is where one comes to. */
export const entries = {
  jobs: { path: 'jobs', title: words.pages.jobs, nav: true, allProjects: true },
  create: { path: 'create', title: words.pages.create, nav: true },
  templates: { path: 'templates', title: words.pages.templates, nav: true },
  usage: { path: 'usage', title: words.pages.usage, nav: true, allProjects: true },
  help: { path: 'help', title: words.pages.help, nav: true, noProject: true },
  compare: { path: 'compare', title: words.pages.compare },
  job: { path: 'jobs/:name', title: words.pages.jobs },
} satisfies Record<string, Entry>;

/** addresses are where a page is. */
export function addresses(p: Entry): string[] {
  if (p.noProject) return [`/${p.path}`];
  return [`/projects/:namespace/${p.path}`, ...(p.allProjects ? [`/all/${p.path}`] : [])];
}
