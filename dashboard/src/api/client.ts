import createClient, { type Middleware } from 'openapi-fetch';

import { problemOf } from './problem';
import type { paths } from './schema.gen';

const problems: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) throw await problemOf(response);
  },
};

/** api speaks to the service that this page came from, as whoever is signed in. Answers that are no success are thrown. */
export const api = createClient<paths>({
  baseUrl: window.location.origin,
  fetch: (request) => fetch(request), // the one of the moment, which tests replace
  querySerializer: { array: { style: 'form', explode: true } },
});
api.use(problems);

/** must is the body of an answer that has one. */
export function must<T>(answer: { data?: T }): T {
  if (answer.data === undefined) throw new Error('an answer without a body');
  return answer.data;
}
