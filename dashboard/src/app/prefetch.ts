import type { QueryClient } from '@tanstack/react-query';

import { detailOptions } from '~/api/job';
import { jobsOptions } from '~/api/jobs';
import { meOptions } from '~/api/me';
import { projectsOptions } from '~/api/projects';
import { sessionOptions } from '~/api/session';
import { typeIn } from '~/components/jobPath';
import { fromQuery, queryOf } from '~/pages/jobs/selection';

import { decoded, lastScope, scopeOf } from './scope';

/** What comes of it is said by the component that asks for the same. */
const later = () => undefined;

/** prefetch asks at once for what the page at an address will need one after another: who is signed in, and their jobs or the one job. */
export function prefetch(client: QueryClient, { pathname, search }: Pick<Location, 'pathname' | 'search'>): void {
  client.query(sessionOptions()).catch(later);
  client.query(projectsOptions()).catch(later);
  const home = pathname === '/';
  const scope = home ? lastScope() : scopeOf(pathname);
  if (scope === undefined) return;
  client.query(meOptions(scope)).catch(later);
  const query = new URLSearchParams(home ? '' : search);
  const [page, name] = pathname.split('/').slice(scope === null ? 2 : 3);
  if (home || (page === 'jobs' && !name)) {
    client.query(jobsOptions(scope, queryOf(fromQuery(query)))).catch(later);
  } else if (page === 'jobs' && name && scope !== null) {
    client.query(detailOptions({ namespace: scope, name: decoded(name), type: typeIn(query) })).catch(later);
  }
}
