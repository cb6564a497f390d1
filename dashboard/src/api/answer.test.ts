import { gone } from '~/test/service';

import { answer, ask } from './answer';
import { api } from './client';

const to = new Request('http://localhost/api/v1/me');

/** breaking is an answer whose body breaks off. */
const breaking = () =>
  new Response(
    new ReadableStream({
      start: (c) => {
        c.enqueue(new TextEncoder().encode('{"user":'));
        c.error(new TypeError('network error'));
      },
    }),
    { headers: { 'Content-Type': 'application/json' } },
  );

test.each([
  ['that fetch fails', gone],
  ['that the body breaks off', breaking],
])('%s is that no answer came', async (_name, happens) => {
  vi.stubGlobal('fetch', () => Promise.resolve().then(happens));
  await expect(answer(to)).rejects.toMatchObject({ code: 'Unreachable' });
  await expect(api.GET('/api/v1/namespaces')).rejects.toMatchObject({ code: 'Unreachable' });
});

test('what one has given up is not lost', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new DOMException('given up', 'AbortError')));
  await expect(ask(to)).rejects.toMatchObject({ name: 'AbortError' });
});

test('an answer is as it came, without a body too', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(Response.json({ user: 'ann' }, { status: 201, headers: { ETag: '"1"' } })));
  const made = await answer(to);
  expect([made.status, made.headers.get('ETag'), await made.json()]).toEqual([201, '"1"', { user: 'ann' }]);
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(null, { status: 204 })));
  expect((await answer(to)).status).toBe(204);
  const deleted = { status: 204, headers: new Headers(), body: new ReadableStream(), arrayBuffer: () => Promise.resolve(new ArrayBuffer(0)) };
  vi.stubGlobal('fetch', () => Promise.resolve(deleted));
  expect((await answer(to)).status).toBe(204);
});
