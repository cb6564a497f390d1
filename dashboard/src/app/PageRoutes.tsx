import { Bullseye, Spinner } from '@patternfly/react-core';
import { Suspense } from 'react';
import { Route, Routes, useLocation } from 'react-router-dom';

import { words } from '~/words/words';

import { addresses, entries } from './addresses';
import { Boundary } from './Boundary';
import { Home } from './Home';
import { NotFound } from './NotFound';
import { pages } from './pages';
import './pages.css';

/** PageRoutes is the page of the address, whatever surrounds it. Without a project, /usage is that of the last one. */
export function PageRoutes() {
  return (
    <Boundary at={useLocation().pathname}>
      <Suspense
        fallback={
          <Bullseye>
            <Spinner aria-label={words.loading} />
          </Bullseye>
        }
      >
        <Routes>
          <Route path="/" element={<Home page={entries.jobs} />} />
          {pages.filter((p) => p.nav && !p.noProject).map((p) => <Route key={p.path} path={`/${p.path}`} element={<Home page={p} />} />)}
          {pages.flatMap((p) => addresses(p).map((path) => <Route key={path} path={path} element={<p.Page />} />))}
          <Route path="*" element={<NotFound />} />
        </Routes>
      </Suspense>
    </Boundary>
  );
}
