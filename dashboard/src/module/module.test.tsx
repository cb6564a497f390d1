import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import * as router from 'react-router-dom';

import { flaws } from '~/test/axe';
import { failed, job } from '~/test/fixtures';
import { answers } from '~/test/service';
import { FakeStream } from '~/test/streams';

import { component } from './component';
import { navigation, type NavigationEntry } from './navigation';
import { get } from './odh';

const { Link, MemoryRouter, Route, Routes, useLocation } = router;
const { StrictMode } = React;

/** A page that is not ours: its masthead, its navigation, its router. */
function Host({ base, Pages, entries }: { base: string; Pages: React.ComponentType; entries: NavigationEntry[] }) {
  return (
    <StrictMode>
      <MemoryRouter initialEntries={['/elsewhere']} future={{ v7_startTransition: true, v7_relativeSplatPath: true }}>
        <header>Open Data Hub</header>
        <nav aria-label="the host's">
          <Link to="/elsewhere">Elsewhere</Link>
          {entries.map((e) => (
            <Link key={e.id} to={e.href}>
              {e.title}
            </Link>
          ))}
        </nav>
        <output aria-label="address">
          <Address />
        </output>
        <main>
          <Routes>
            <Route path={`${base}/*`} element={<Pages />} />
            <Route path="*" element={<h1>Not ours</h1>} />
          </Routes>
        </main>
      </MemoryRouter>
    </StrictMode>
  );
}

const Address = () => {
  const { pathname, search } = useLocation();
  return pathname + search;
};

const bert = failed({ name: 'bert', uid: 'uid-bert' });
const all = {
  'GET /api/v1/namespaces': { items: ['team-a', 'team-b'], all: false, complete: true },
  'GET /api/v1/me': { user: 'ann', rights: { list: true, create: true, logs: true, events: true } },
  'GET /api/v1/namespaces/team-a/trainingjobs': { items: [job(), job({ name: 'bert', uid: 'uid-bert', phase: 'Failed' })], total: 2, position: '1' },
  'GET /api/v1/namespaces/team-a/trainingjobs/bert/status': bert,
  'GET /api/v1/namespaces/team-a/templates': [],
  'GET /api/v1/namespaces/team-a/queues': { items: [] },
  'GET /api/v1/namespaces/team-a/images': [],
  'GET /api/v1/namespaces/team-a/connections': [],
};

/** passOn is the host's server: it passes on what is below a path to the service, and knows nothing else. */
function passOn(api: string) {
  answers(all);
  const service = fetch;
  const strays: string[] = [];
  vi.stubGlobal('fetch', (request: Request) => {
    const { pathname, search, origin } = new URL(request.url);
    if (pathname.startsWith(`${api}/api/`)) return service(new Request(origin + pathname.slice(api.length) + search, request));
    strays.push(pathname);
    return Promise.resolve(new Response(null, { status: 404 }));
  });
  return strays;
}

beforeEach(() => {
  localStorage.clear();
  FakeStream.all = [];
});

const address = () => screen.getByRole('status', { name: 'address' }).textContent;
const host = () => screen.getByRole('navigation', { name: "the host's" });

test('in another page the list, a job and a new one are below its path, and ask below its path', async () => {
  const base = '/training';
  const strays = passOn('/mpi-jobs');
  const root = document.documentElement.className;
  document.title = 'the host';
  const { container } = render(<Host base={base} Pages={component(React, router, { base, api: '/mpi-jobs' })} entries={navigation(base)} />);
  expect(screen.getByRole('heading', { name: 'Not ours' })).toBeVisible();

  await userEvent.click(within(host()).getByRole('link', { name: 'Training jobs' }));
  const link = await screen.findByRole('link', { name: 'bert' });
  expect(address()).toBe('/training/projects/team-a/jobs');
  expect(link).toHaveAttribute('href', '/training/projects/team-a/jobs/bert');
  await waitFor(() => expect(FakeStream.current.url).toMatch('/mpi-jobs/api/v1/streams/namespaces/team-a/trainingjobs?callerIs=ann'));
  // One masthead, one navigation, one main: the host's.
  expect(screen.getAllByRole('banner')).toHaveLength(1);
  expect(screen.getAllByRole('main')).toHaveLength(1);
  expect(screen.queryByRole('button', { name: 'Sign out' })).toBeNull();
  expect(await flaws(container)).toEqual([]);

  await userEvent.click(link);
  await screen.findByRole('tab', { name: 'Logs' }, { timeout: 20_000 }); // it has loaded
  expect(screen.getByRole('heading', { level: 1, name: /bert/ })).toBeVisible();
  expect(address()).toBe('/training/projects/team-a/jobs/bert');
  for (const a of within(screen.getByRole('main')).getAllByRole('link')) expect(a.getAttribute('href')).toMatch(/^\/training\//);
  await userEvent.click(screen.getByRole('tab', { name: 'Logs' }));
  expect(address()).toMatch(/^\/training\/projects\/team-a\/jobs\/bert\?tab=logs/);
  expect(FakeStream.current.url).toMatch(/^\/mpi-jobs\/api\/v1\/streams\/.*\/logs\?/);
  expect(screen.getByRole('link', { name: /Download/ }).getAttribute('href')).toMatch(/^\/mpi-jobs\/api\/v1\//);

  // The host's navigation leads to a page of the same project.
  await userEvent.click(within(host()).getByRole('link', { name: 'Create job' }));
  expect(await screen.findByLabelText(/^Name/, undefined, { timeout: 20_000 })).toBeVisible();
  expect(address()).toBe('/training/projects/team-a/create');

  await userEvent.click(within(host()).getByRole('link', { name: 'Elsewhere' }));
  expect(screen.getByRole('heading', { name: 'Not ours' })).toBeVisible();
  await waitFor(() => expect(FakeStream.all.filter((s) => s.readyState !== FakeStream.CLOSED)).toEqual([]));
  expect(strays).toEqual([]);
  expect(document.documentElement.className).toBe(root);
  expect(document.title).toBe('the host');
});

interface Extension {
  type: string;
  properties: { path: string; component: () => Promise<{ default: React.ComponentType }> } & NavigationEntry;
}

test('Open Data Hub’s dashboard finds the pages and its navigation among the extensions', async () => {
  const strays = passOn('/mpi-jobs');
  const share = (module: unknown) => ({ '1.0.0': { get: () => Promise.resolve(() => module) } });
  const extensions = get('./extensions', { react: share(React), 'react-router-dom': share(router) })().default as Extension[];
  const route = extensions.find((e) => e.type === 'app.route');
  if (!route) throw new Error('no extension is a route');
  const entries = extensions.filter((e) => e.type === 'app.navigation/href').map((e) => e.properties);
  const { default: Pages } = await route.properties.component();
  render(<Host base={route.properties.path.replace(/\/\*$/, '')} Pages={Pages} entries={entries} />);
  for (const { path } of entries) expect(path).toMatch(/^\/develop-train\/mpi-jobs\//);
  await userEvent.click(within(host()).getByRole('link', { name: 'Training jobs' }));
  expect(await screen.findByRole('link', { name: 'bert' })).toHaveAttribute('href', '/develop-train/mpi-jobs/projects/team-a/jobs/bert');
  expect(strays).toEqual([]);
});

test('what is not there is said: another name, and a page that shares no React', async () => {
  expect(() => get('./pages', {})).toThrow('only ./extensions');
  const route = (get('./extensions', {})().default as Extension[]).find((e) => e.type === 'app.route');
  await expect(route?.properties.component()).rejects.toThrow('shares no react');
});
