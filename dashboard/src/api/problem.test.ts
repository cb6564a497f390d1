import { asProblem, ProblemError, problemOf, unanswered, unreachable } from './problem';

test('the service’s own words are kept, with each field’s', async () => {
  const body = { type: '/docs#Invalid', title: 'Invalid', status: 422, code: 'Invalid', detail: 'two things are wrong', fields: [{ field: 'spec.workers', message: 'must be at least 1' }] };
  const e = await problemOf(new Response(JSON.stringify(body), { status: 422, headers: { 'Content-Type': 'application/problem+json; charset=utf-8' } }));
  expect([e.code, e.status, e.message]).toEqual(['Invalid', 422, 'two things are wrong']);
  expect(e.field('spec.workers')).toBe('must be at least 1');
  expect(e.field('spec.image')).toBeUndefined();
});

test('what a proxy answers is not shown as the service’s', async () => {
  const e = await problemOf(new Response('<html><script>alert(1)</script>', { status: 502, headers: { 'Content-Type': 'text/html' } }));
  expect(e.status).toBe(502);
  expect(e.message).toContain('502');
  expect(e.message).not.toContain('<');
});

test('no answer says that it goes on', () => {
  expect(unreachable().problem.suggestions?.length).toBeGreaterThan(0);
  expect(unanswered(unreachable())).toBe(true);
});

test('a mistake of this page is no lost answer', () => {
  const mistake = new TypeError('x is not a function');
  expect(asProblem(mistake).code).toBe('PageError');
  expect(unanswered(mistake)).toBe(false);
});

test('a problem stays the one it is, anything else is this page’s', () => {
  const known = new ProblemError({ type: '', title: '', status: 403, code: 'Forbidden', detail: 'no' });
  expect(asProblem(known)).toBe(known);
  expect(asProblem(new Error('x is undefined')).code).toBe('PageError');
  expect(asProblem('text').message).toBe('text');
});
