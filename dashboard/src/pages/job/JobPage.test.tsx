import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Link, Route, Routes } from 'react-router-dom';

import { failed } from '~/test/fixtures';
import { show } from '~/test/render';
import { answers, gone, never } from '~/test/service';

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
