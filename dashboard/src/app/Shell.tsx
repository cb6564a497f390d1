import { Nav, NavItem, NavList, Page, PageSidebar, PageSidebarBody, SkipToContent } from '@patternfly/react-core';
import { useEffect, useState } from 'react';
import { matchPath, NavLink, useLocation } from 'react-router-dom';

import type { Scope } from '~/api/types';
import { words } from '~/words/words';

import { Header } from './Header';
import { PageRoutes } from './PageRoutes';
import { pages, titleOf, type PageDescription } from './pages';
import { pathOf, useLastScope } from './scope';

const main = 'main';

/** Shell is what surrounds every page. */
export function Shell({ user }: { user: string }) {
  const [open, setOpen] = useState(true);
  const scope = useLastScope();
  const { pathname } = useLocation();
  const title = titleOf(pathname);
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <Page
      mainContainerId={main}
      mainTabIndex={-1}
      isContentFilled
      skipToContent={<SkipToContent href={`#${main}`}>{words.skipToContent}</SkipToContent>}
      masthead={<Header user={user} scope={scope} navOpen={open} onToggleNav={() => setOpen(!open)} />}
      sidebar={
        <PageSidebar isSidebarOpen={open}>
          <PageSidebarBody>
            <Nav aria-label={words.navigation}>
              <NavList>
                {pages.filter((p) => p.nav).map((p) => (
                  <Entry key={p.path} page={p} scope={scope} />
                ))}
              </NavList>
            </Nav>
          </PageSidebarBody>
        </PageSidebar>
      }
    >
      <PageRoutes />
    </Page>
  );
}

interface EntryProps {
  page: PageDescription;
  /** The project that the entry leads to. */
  scope: Scope | undefined;
}

function Entry({ page, scope }: EntryProps) {
  const to = page.noProject ? `/${page.path}` : pathOf(scope, page.path);
  const { pathname } = useLocation();
  const active = matchPath({ path: to, end: page.path !== 'jobs' }, pathname) !== null && to !== '/';
  // Of all projects at once there are only some pages.
  if (scope === null && !page.allProjects && !page.noProject) return null;
  return (
    <NavItem isActive={active} itemId={page.path}>
      <NavLink to={to}>{page.title}</NavLink>
    </NavItem>
  );
}
