import { Divider, Menu, MenuContainer, MenuContent, MenuItem, MenuList, MenuSearch, MenuSearchInput, MenuToggle, SearchInput } from '@patternfly/react-core';
import { useRef, useState } from 'react';
import { useLocation, useNavigate } from 'react-router-dom';

import { useProjects } from '~/api/projects';
import type { Scope } from '~/api/types';
import { words } from '~/words/words';

import { samePage } from './pages';
import { pathOf, rememberScope } from './scope';

/** A project's name, as Kubernetes allows it. */
const valid = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const all = '*';

/** ProjectSelect chooses the project that everything else is about. */
export function ProjectSelect({ scope }: { scope: Scope | undefined }) {
  const projects = useProjects();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [open, setOpen] = useState(false);
  const [text, setText] = useState('');
  const menu = useRef<HTMLDivElement>(null);
  const toggle = useRef<HTMLButtonElement>(null);

  const names = (projects.data?.names ?? []).filter((n) => n.includes(text));
  // Who may not list projects knows the names of their own.
  const typed = valid.test(text) && !names.includes(text) ? [text] : [];
  const go = (id: string | number | undefined) => {
    const next = id === all ? null : String(id);
    setOpen(false);
    setText('');
    rememberScope(next);
    navigate(pathOf(next, samePage(pathname, next)));
  };
  return (
    <MenuContainer
      isOpen={open}
      onOpenChange={setOpen}
      menuRef={menu}
      toggleRef={toggle}
      menu={
        <Menu ref={menu} onSelect={(_e, id: string | number | undefined) => go(id)} isScrollable selected={scope === null ? all : scope}>
          <MenuSearch>
            <MenuSearchInput>
              <SearchInput value={text} aria-label={words.findProject} placeholder={words.findProject} onChange={(_e, v) => setText(v.trim())} />
            </MenuSearchInput>
          </MenuSearch>
          <Divider />
          <MenuContent>
            <MenuList>
              {projects.data?.all && text === '' && <MenuItem itemId={all}>{words.allProjects}</MenuItem>}
              {[...typed, ...names].map((n) => (
                <MenuItem key={n} itemId={n}>
                  {n}
                </MenuItem>
              ))}
              {typed.length + names.length === 0 && text !== '' && <MenuItem isDisabled>{words.noProject}</MenuItem>}
            </MenuList>
          </MenuContent>
        </Menu>
      }
      toggle={
        <MenuToggle ref={toggle} isExpanded={open} onClick={() => setOpen(!open)}>
          {words.project}: {scope === null ? words.allProjects : (scope ?? words.none)}
        </MenuToggle>
      }
    />
  );
}
