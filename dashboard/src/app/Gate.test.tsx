import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import { keys } from '~/api/keys';
import { flaws } from '~/test/axe';
import { job } from '~/test/fixtures';
import { show } from '~/test/render';
import { FakeStream } from '~/test/streams';
import { answers, empty, gone, refusal } from '~/test/service';

import { Gate } from './Gate';

const nobody = () => refusal(401, 'Unauthenticated', 'no token was sent');
const ann = () => Response.json({ user: 'ann' });
const all = {
  'GET /session': ann,
  'GET /api/v1/namespaces': { items: ['team-a', 'team-b'], all: false, complete: true },
  'GET /api/v1/me': { user: 'ann', rights: { list: true } },
  'GET /api/v1/namespaces/team-a/trainingjobs': { items: [], total: 0, position: '1' },
};

beforeEach(() => {
  localStorage.clear();
  FakeStream.all = [];
});

test('who is signed in comes to their first project', async () => {
  answers(all);
  const { container } = show(<Gate />, '/');
  expect(await screen.findByText('No training jobs yet')).toBeVisible();
  expect(screen.getByRole('button', { name: 'Project: team-a' })).toBeVisible();
  expect(screen.getByRole('button', { name: 'ann' })).toBeVisible();
  expect(await flaws(container)).toEqual([]);
});

test('the stream of events is asked for as whose page it is', async () => {
  const by = { ...all };
  answers(by);
  const { client } = show(<Gate />, '/projects/team-a/jobs');
  await waitFor(() => expect(FakeStream.all.at(-1)?.url).toContain('callerIs=ann'));
  const anns = FakeStream.current;
  Object.assign(by, { 'GET /session': { user: 'bob' } });
  act(() => anns.open());
  act(() => anns.fail(true)); // refused: the cookie is bob's by now
  await waitFor(() => expect(FakeStream.current.url).toContain('callerIs=bob'));
  expect(anns.readyState).toBe(FakeStream.CLOSED);
  expect(client.getQueryData(keys.session)).toEqual({ user: 'bob' });
});

test('a right that ends while the connection is lost takes what was seen by it', async () => {
  const by = { ...all, 'GET /api/v1/namespaces/team-a/trainingjobs': { items: [job({ name: 'bert' })], total: 1, position: '1' } };
  answers(by);
  show(<Gate />, '/projects/team-a/jobs');
  expect(await screen.findByRole('link', { name: 'bert' })).toBeVisible();
  act(() => FakeStream.current.open());
  act(() => FakeStream.current.fail());
  Object.assign(by, { 'GET /api/v1/namespaces/team-a/trainingjobs': () => refusal(403, 'Forbidden', 'no right to list mpijobs in team-a') });
  act(() => FakeStream.current.fail(true));
  expect(await screen.findByText(/no right to list mpijobs/)).toBeVisible();
  expect(screen.queryByRole('link', { name: 'bert' })).toBeNull();
});

test('who is not gives a token, which is kept nowhere on the page', async () => {
  const by = { ...all, 'GET /session': nobody, 'POST /session': () => refusal(401, 'Unauthenticated', 'the cluster does not know the token') };
  const sent = answers(by);
  const { container } = show(<Gate />, '/');
  const token = await screen.findByLabelText(/Token/);
  expect(token).toHaveAttribute('type', 'password');
  expect(await flaws(container)).toEqual([]);
  await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(screen.getByText('Paste a token first.')).toBeVisible();
  expect(sent.map((s) => s.method)).not.toContain('POST');

  await userEvent.type(token, ' sha256~secret ');
  await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(await screen.findByText('the cluster does not know the token')).toBeVisible();

  Object.assign(by, { 'GET /session': ann, 'POST /session': empty });
  await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(await screen.findByText('No training jobs yet')).toBeVisible();
  expect(sent.findLast((s) => s.method === 'POST')?.body).toEqual({ token: 'sha256~secret' });
  expect(JSON.stringify(localStorage) + document.body.innerHTML).not.toContain('secret');
});

test('a service that is not there is no reason to ask for a token', async () => {
  answers({ ...all, 'GET /session': gone });
  show(<Gate />, '/');
  expect(await screen.findByRole('heading', { name: /The training service does not answer/ })).toBeVisible();
  expect(screen.queryByLabelText(/Token/)).toBeNull();
});

test('signing in or out without an answer may have worked, and is tried again', async () => {
  const by: Parameters<typeof answers>[0] = { ...all, 'GET /session': nobody, 'POST /session': gone, 'DELETE /session': gone };
  answers(by);
  show(<Gate />, '/');
  await userEvent.type(await screen.findByLabelText(/Token/), 'sha256~secret');
  await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(await screen.findByText(/You may be signed in/)).toBeVisible();
  Object.assign(by, { 'GET /session': ann, 'POST /session': empty });
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));

  await userEvent.click(await screen.findByRole('button', { name: 'ann' }));
  await userEvent.click(screen.getByRole('menuitem', { name: 'Sign out' }));
  const dialog = await screen.findByRole('dialog', { name: 'You may not be signed out' });
  expect(dialog).toHaveTextContent('You may still be signed in');
  expect(await flaws(dialog)).toEqual([]);
  Object.assign(by, { 'GET /session': nobody, 'DELETE /session': empty });
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByLabelText(/Token/)).toBeVisible();
});

test('signing out leads back to the sign-in', async () => {
  const by = { ...all, 'DELETE /session': empty };
  answers(by);
  show(<Gate />, '/');
  await userEvent.click(await screen.findByRole('button', { name: 'ann' }));
  by['GET /session'] = nobody;
  await userEvent.click(screen.getByRole('menuitem', { name: 'Sign out' }));
  expect(await screen.findByLabelText(/Token/)).toBeVisible();
  expect(screen.queryByRole('dialog')).toBeNull(); // the page, too, is gone
  expect(screen.queryByText('No training jobs yet')).toBeNull();
});

const form = { ...all, 'GET /api/v1/namespaces/team-a/queues': { items: [] }, 'GET /api/v1/namespaces/team-a/images': [], 'GET /api/v1/namespaces/team-a/connections': [] };
const name = () => screen.findByLabelText(/^Name/, undefined, { timeout: 10_000 });

test('a token that ends while one types is asked for anew, over the page; the same person goes on there', async () => {
  const by = { ...form };
  answers(by);
  const { client } = show(<Gate />, '/projects/team-a/create');
  await userEvent.type(await name(), 'half');
  Object.assign(by, { 'GET /session': nobody, 'GET /api/v1/namespaces/team-a/queues': nobody });
  void client.invalidateQueries({ queryKey: ['queues'] });
  expect(await screen.findByRole('dialog', { name: 'Sign in again' })).toBeVisible();
  expect(await flaws(document.body)).toEqual([]);
  Object.assign(by, { ...form, 'POST /session': empty });
  await userEvent.type(screen.getByLabelText(/Token/), 'new');
  await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(await name()).toHaveValue('half');
});

test('someone else who signs in there sees nothing of what was typed', async () => {
  const by = { ...form };
  answers(by);
  const { client } = show(<Gate />, '/projects/team-a/create');
  await userEvent.type(await name(), 'half');
  Object.assign(by, { 'GET /session': nobody });
  void client.invalidateQueries({ queryKey: keys.session });
  await userEvent.type(await screen.findByLabelText(/Token/), 'new');
  Object.assign(by, { 'GET /session': () => Response.json({ user: 'bob' }), 'POST /session': empty });
  await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(await screen.findByRole('button', { name: 'bob' })).toBeVisible();
  expect(await name()).toHaveValue('');
});

test('who has no project is told what to do', async () => {
  answers({ ...all, 'GET /api/v1/namespaces': { items: [], all: false, complete: false } });
  show(<Gate />, '/');
  expect(await screen.findByText('No project to show')).toBeVisible();
});
