import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Link, Route, Routes } from 'react-router-dom';

import { failed, job } from '~/test/fixtures';
import { show } from '~/test/render';
import { answers, gone, never, refusal } from '~/test/service';
import { FakeStream } from '~/test/streams';

import JobPage from './JobPage';

const jobs = '/api/v1/namespaces/team-a/trainingjobs';

const page = (
  <>
    <Link to="/projects/team-a/jobs/other">other</Link>
    <Link to="/projects/team-a/jobs/pi">pi</Link>
    <Routes>
      <Route path="/projects/:namespace/jobs/:name" element={<JobPage />} />
    </Routes>
  </>
);

const follow = async (name: string) => {
  await userEvent.click(screen.getByRole('link', { name, hidden: true })); // as the browser's own buttons, under a dialog too
  await screen.findByRole('heading', { level: 1, name, hidden: true });
};

test.each([
  ['Retry', () => screen.findByRole('heading', { name: /it may be done, or not/ })],
  ['Clone and modify', () => screen.findByRole('dialog')],
])('what %s of one job has open is closed for the next', async (action, opened) => {
  const sent = answers({
    'GET /api/v1/me?namespace=team-a': { user: 'ann', rights: { create: true } },
    'GET /api/v1/namespaces': { items: [], count: 0 },
    [`GET ${jobs}/pi/status`]: failed({ needsChange: false }),
    [`GET ${jobs}/other/status`]: failed({ name: 'other', uid: 'uid-other' }),
    [`GET ${jobs}/pi/manifest`]: never,
    [`POST ${jobs}/pi/retry`]: gone,
  });
  show(page, '/projects/team-a/jobs/other');
  await follow('pi');
  await userEvent.click(screen.getByRole('button', { name: 'Actions' }));
  await userEvent.click(screen.getByRole('menuitem', { name: action }));
  const open = await opened();
  await follow('other'); // which is there at once
  expect(open).not.toBeInTheDocument();
  expect(sent.filter((s) => s.path.includes('/other/') && !s.path.endsWith('/status'))).toEqual([]);
});

describe('is followed', () => {
  const rights = { 'GET /api/v1/me?namespace=team-a': { user: 'ann', rights: {} }, 'GET /api/v1/namespaces': { items: [], count: 0 } };
  /** What status answers one time after the other, and how often it was asked. */
  const status = (...told: (() => Response)[]) => {
    const sent = answers({ ...rights, [`GET ${jobs}/pi/status`]: () => (told.length > 1 ? told.shift() : told[0])?.() ?? gone() });
    return () => sent.filter((s) => s.path.endsWith('/status')).length;
  };
  const at = (position?: string, of = {}) => () => Response.json(failed(of), { headers: position === undefined ? {} : { Position: position } });

  beforeEach(() => {
    FakeStream.all = [];
  });

  test('from where what is shown of it ends', async () => {
    status(at('7.1.1.1/f'));
    show(page, '/projects/team-a/jobs/pi');
    await screen.findByRole('heading', { level: 1, name: 'pi' });
    expect(FakeStream.all.map((s) => s.url)).toEqual(['/api/v1/streams/namespaces/team-a/trainingjobs?from=7.1.1.1%2Ff']);
  });

  test('and the next one from where its own ends', async () => {
    answers({ ...rights, [`GET ${jobs}/pi/status`]: at('7.1.1.1/f'), [`GET ${jobs}/other/status`]: at('9.1.1.1/f', { name: 'other', uid: 'uid-other' }) });
    show(page, '/projects/team-a/jobs/pi');
    await screen.findByRole('heading', { level: 1, name: 'pi' });
    await follow('other');
    await waitFor(() => expect(FakeStream.current.url).toContain('from=9.1.1.1'));
    expect(FakeStream.all[0]?.readyState).toBe(FakeStream.CLOSED);
  });

  test('at once, not by the clock', async () => {
    const running = { phase: 'Running' as const, finished: undefined };
    const asked = status(at('7.1.1.1/f', running), at('8.1.1.1/f'));
    show(page, '/projects/team-a/jobs/pi');
    await screen.findByRole('heading', { level: 1, name: 'pi' });
    FakeStream.current.open();
    FakeStream.current.send('job', job({ phase: 'Failed' }), '8.1.1.1/f');
    await screen.findByText(/Worker 1, rank 3/); // within a second
    expect(asked()).toBe(2);
  });

  test('not by who may not', async () => {
    status(at());
    show(page, '/projects/team-a/jobs/pi');
    await screen.findByRole('heading', { level: 1, name: 'pi' });
    expect(FakeStream.all).toEqual([]);
  });

  test('before it is there, and is shown when it is', async () => {
    const asked = status(() => refusal(404, 'NotFound', 'there is no such job'), at('8.1.1.1/f'));
    show(page, '/projects/team-a/jobs/pi');
    await screen.findByText('there is no such job');
    expect(FakeStream.all.map((s) => s.url)).toEqual(['/api/v1/streams/namespaces/team-a/trainingjobs']);
    FakeStream.current.open();
    FakeStream.current.send('reset', {});
    await screen.findByText(/Worker 1, rank 3/);
    expect(asked()).toBe(2);
    expect(FakeStream.all).toHaveLength(1);
  });

  test('not where it may not be seen', async () => {
    status(() => refusal(403, 'Forbidden', 'you may not see it'));
    show(page, '/projects/team-a/jobs/pi');
    await screen.findByText('you may not see it');
    expect(FakeStream.all).toEqual([]);
  });
});
