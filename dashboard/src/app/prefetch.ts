import type { QueryClient } from '@tanstack/react-query';

import { jobsOptions } from '~/api/jobs';
import { meOptions } from '~/api/me';
import { projectsOptions } from '~/api/projects';
import { sessionOptions } from '~/api/session';
import { fromQuery, queryOf } from '~/pages/jobs/selection';

import { lastScope, scopeOf } from './scope';

/** What comes of it is said by the component that asks for the same. */
const later = () => undefined;

/** prefetch asks at once for what the page at an address will need one after another: who is signed in, and their jobs. */
export function prefetch(client: QueryClient, { pathname, search }: Pick<Location, 'pathname' | 'search'>): void {
  client.query(sessionOptions()).catch(later);
  client.query(projectsOptions()).catch(later);
  const home = pathname === '/';
  const scope = home ? lastScope() : scopeOf(pathname);
  if (scope === undefined) return;
  client.query(meOptions(scope)).catch(later);
  if (home || pathname.split('/').at(scope === null ? 2 : 3) === 'jobs') {
    client.query(jobsOptions(scope, queryOf(fromQuery(new URLSearchParams(home ? '' : search))))).catch(later);
  }
}
