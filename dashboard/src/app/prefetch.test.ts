import { newQueries } from '~/api/queries';
import { failed } from '~/test/fixtures';
import { answers } from '~/test/service';

import { prefetch } from './prefetch';
import { rememberScope } from './scope';

const list = { items: [], total: 0, position: '1' };
const everything = {
  'GET /session': { user: 'ann' },
  'GET /api/v1/namespaces': { items: ['team-a'], all: false, complete: true },
  'GET /api/v1/me': { user: 'ann' },
  'GET /api/v1/namespaces/team-a/trainingjobs': list,
  'GET /api/v1/trainingjobs': list,
  'GET /api/v1/namespaces/team-a/trainingjobs/my%20job/status': failed(),
};

async function asked(at: string): Promise<string[]> {
  const sent = answers(everything);
  const { pathname, search } = new URL(at, 'https://here');
  prefetch(newQueries(), { pathname, search });
  await vi.waitFor(() => expect(sent.length).toBeGreaterThan(1));
  return sent.map((s) => s.path).sort();
}

beforeEach(() => localStorage.clear());

test('the list is asked for beside who is signed in, as the page will ask', async () =>
  expect(await asked('/projects/team-a/jobs?phase=Failed')).toEqual([
    '/api/v1/me?namespace=team-a',
    '/api/v1/namespaces',
    '/api/v1/namespaces/team-a/trainingjobs?limit=20&sortBy=created&phase=Failed',
    '/session',
  ]));

test('the first page is the project looked at last', async () => {
  expect(await asked('/')).toEqual(['/api/v1/namespaces', '/session']);
  rememberScope(null);
  expect(await asked('/?code=1')).toEqual(['/api/v1/me', '/api/v1/namespaces', '/api/v1/trainingjobs?limit=20&sortBy=created', '/session']);
});

test('other pages ask for no list', async () => expect(await asked('/projects/team-a/usage')).toEqual(['/api/v1/me?namespace=team-a', '/api/v1/namespaces', '/session']));

test.each([
  ['/projects/team-a/jobs/my%20job', ''],
  ['/projects/team-a/jobs/my%20job?type=TrainJob', '?type=TrainJob'],
])('%s asks for the job as its page will, and for no list', async (at, typed) =>
  expect(await asked(at)).toEqual([
    '/api/v1/me?namespace=team-a',
    '/api/v1/namespaces',
    '/api/v1/namespaces/team-a/trainingjobs/my%20job/status' + typed,
    '/session',
  ]),
);
