import { breaches, eventBreaches } from './contract';
import { job } from './fixtures';

const exchange = { method: 'GET', path: '/api/v1/namespaces/team-a/trainingjobs?limit=20', status: 200, type: 'application/json', answer: { items: [job()], total: 1, position: '7' } };

test('what the contract says is in order', () => {
  expect(breaches(exchange)).toEqual([]);
  expect(breaches({ ...exchange, path: '/session', answer: {} })).toEqual([]);
  expect(eventBreaches('end', {})).toEqual([]);
});

test.each([
  ['a field that is missing', { answer: { items: [], total: 0 } }, /position/],
  ['a field that it does not have', { answer: { items: [{ ...job(), colour: 'red' }], total: 1, position: '7' } }, /colour/],
  ['another value', { answer: { items: [{ ...job(), phase: 'Sleeping' }], total: 1, position: '7' } }, /phase/],
  ['another kind of answer', { type: 'text/plain' }, /text\/plain/],
  ['a status that is none of its own', { status: 204 }, /no such answer/],
  ['an address that is none', { path: '/api/v1/nothing' }, /no such operation/],
  ['a refusal that says too little', { status: 403, type: 'application/problem+json', answer: { code: 'Forbidden' } }, /title/],
  ['a job that may be created twice', { method: 'POST', path: '/api/v1/namespaces/team-a/trainingjobs/a/retry', answer: { job: job(), from: 'a', copy: true }, key: null }, /without an Idempotency-Key/],
  ['a key that nobody looks at', { key: 'k' }, /takes no Idempotency-Key/],
  ['a question that it refuses', { method: 'POST', path: '/api/v1/namespaces/team-a/bulk', answer: { results: [] }, body: { action: 'burn', jobs: [{ name: 'a' }] } }, /what was asked: \/action/],
])('%s is a breach', (_name, change, said) => expect(breaches({ ...exchange, ...change }).join()).toMatch(said));

test('so it is in an event', () => expect(eventBreaches('job', { name: 'x' }).join()).toMatch(/phase/));
