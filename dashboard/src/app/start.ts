import { newQueries } from '~/api/queries';

import { prefetch } from './prefetch';

/** What the service has answered. What the first page needs is asked for before the components are even there. */
export const queries = newQueries();
prefetch(queries, window.location);
