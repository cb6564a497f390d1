import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Router, type Navigator } from 'react-router-dom';

import { askAt } from '~/api/client';
import { newQueries } from '~/api/queries';

import { Hosted } from './Hosted';

/** Where a host's router is. */
export interface Place {
  pathname: string;
  search: string;
  hash: string;
  state?: unknown;
  key?: string;
}

/** Host is the page that these pages are shown in: it has the masthead, the navigation, the sign-in, the theme, PatternFly's style sheets, and the router. */
export interface Host {
  /** The path that all these pages are below, as /training. */
  base: string;
  /** The path that the service's /api is below, as /mpi-jobs: what the host passes on to the service, as its user. */
  api: string;
  /** Where the host's router is now. */
  at: Place;
  /** Goes to another place, or so many back. */
  navigate: { (to: Partial<Place>, how: { replace?: boolean; state?: unknown }): void; (by: number): void };
}

export interface Mounted {
  /** The host's router is elsewhere. */
  moved: (at: Place) => void;
  unmount: () => void;
}

/** What a host's own style sheets never name: all of ours are below it (see scope.ts). */
export const scopeClass = 'training-jobs';

/**
 * mount shows the pages in an element of a host. They bring their own React and router, of whatever version the host's are;
 * the one history is the host's. One page shows them once: they ask one service.
 */
export function mount(where: HTMLElement, { base, api, at, navigate }: Host): Mounted {
  askAt(api);
  const own = where.appendChild(document.createElement('div'));
  own.className = scopeClass;
  const root = createRoot(own);
  const queries = newQueries();
  const navigator: Navigator = {
    createHref: (to) => (typeof to === 'string' ? to : `${to.pathname ?? ''}${to.search ?? ''}${to.hash ?? ''}`),
    go: (by) => navigate(by),
    push: (to, state) => navigate(placeOf(to), { state }),
    replace: (to, state) => navigate(placeOf(to), { state, replace: true }),
  };
  const moved = ({ pathname, search, hash, state = null, key = 'default' }: Place) =>
    root.render(
      <StrictMode>
        <QueryClientProvider client={queries}>
          <Router basename={base} location={{ pathname, search, hash, state, key }} navigator={navigator} future={{ v7_relativeSplatPath: true }}>
            <Hosted />
          </Router>
        </QueryClientProvider>
      </StrictMode>,
    );
  moved(at);
  return {
    moved,
    // Once the host has drawn: it may be drawing now, with this very React.
    unmount: () =>
      queueMicrotask(() => {
        root.unmount();
        queries.clear();
        own.remove();
      }),
  };
}

const placeOf = (to: Parameters<Navigator['push']>[0]): Partial<Place> => {
  const { pathname, search, hash } = typeof to === 'string' ? new URL(to, window.location.href) : to;
  return { ...(pathname !== undefined && { pathname }), ...(search !== undefined && { search }), ...(hash !== undefined && { hash }) };
};
