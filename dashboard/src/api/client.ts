import createClient, { type Middleware } from 'openapi-fetch';

import { answer } from './answer';
import { setBase } from './base';
import { problemOf } from './problem';
import type { paths } from './schema.gen';

const problems: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) throw await problemOf(response);
  },
};

function clientAt(path: string) {
  const client = createClient<paths>({
    baseUrl: window.location.origin + path,
    fetch: answer,
    querySerializer: { array: { style: 'form', explode: true } },
  });
  client.use(problems);
  return client;
}

/** api speaks to the service that this page came from, as whoever is signed in. Answers that are no success are thrown. */
export let api = clientAt('');

/** askAt has everything asked of the service behind that path of this page's origin. */
export function askAt(path: string) {
  setBase(path);
  api = clientAt(path);
}

/** must is the body of an answer that has one. */
export function must<T>(answer: { data?: T }): T {
  if (answer.data === undefined) throw new Error('an answer without a body');
  return answer.data;
}
