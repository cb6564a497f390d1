import {
  Dropdown,
  DropdownItem,
  DropdownList,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadMain,
  MastheadToggle,
  MenuToggle,
  Modal,
  ModalBody,
  ModalHeader,
  PageToggleButton,
  Title,
  ToggleGroup,
  ToggleGroupItem,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from '@patternfly/react-core';
import { BarsIcon, DesktopIcon, MoonIcon, SunIcon } from '@patternfly/react-icons';
import { useState } from 'react';
import { Link } from 'react-router-dom';

import { useSignOut } from '~/api/session';
import type { Scope } from '~/api/types';
import { ClickProblem } from '~/components/ClickProblem';
import { words } from '~/words/words';

import { ProjectSelect } from './ProjectSelect';
import { applyTheme, savedTheme, type Theme } from './theme';

interface Props {
  user: string;
  scope: Scope | undefined;
  navOpen: boolean;
  onToggleNav: () => void;
}

export function Header({ user, scope, navOpen, onToggleNav }: Props) {
  return (
    <Masthead>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton variant="plain" aria-label={words.navigation} isSidebarOpen={navOpen} onSidebarToggle={onToggleNav}>
            <BarsIcon />
          </PageToggleButton>
        </MastheadToggle>
        <MastheadBrand>
          <Link to="/" className="brand">
            <Title headingLevel="h2" size="lg">
              {words.product}
            </Title>
          </Link>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <Toolbar isStatic>
          <ToolbarContent>
            <ToolbarItem>
              <ProjectSelect scope={scope} />
            </ToolbarItem>
            <ToolbarGroup align={{ default: 'alignEnd' }}>
              <ToolbarItem visibility={{ default: 'hidden', md: 'visible' }}>
                <ThemeSwitch />
              </ToolbarItem>
              <ToolbarItem>
                <UserMenu user={user} />
              </ToolbarItem>
            </ToolbarGroup>
          </ToolbarContent>
        </Toolbar>
      </MastheadContent>
    </Masthead>
  );
}

const themes: readonly { theme: Theme; icon: React.ReactNode }[] = [
  { theme: 'light', icon: <SunIcon /> },
  { theme: 'dark', icon: <MoonIcon /> },
  { theme: 'system', icon: <DesktopIcon /> },
];

function ThemeSwitch() {
  const [theme, setTheme] = useState(savedTheme);
  return (
    <ToggleGroup aria-label={words.theme.label}>
      {themes.map((t) => (
        <ToggleGroupItem
          key={t.theme}
          icon={t.icon}
          aria-label={words.theme[t.theme]}
          isSelected={theme === t.theme}
          onChange={() => {
            applyTheme(t.theme);
            setTheme(t.theme);
          }}
        />
      ))}
    </ToggleGroup>
  );
}

function UserMenu({ user }: { user: string }) {
  const [open, setOpen] = useState(false);
  const signOut = useSignOut();
  const out = () => signOut.mutate();
  return (
    <>
      <Dropdown
        isOpen={open}
        onOpenChange={setOpen}
        onSelect={() => setOpen(false)}
        popperProps={{ position: 'right' }}
        toggle={(ref) => (
          <MenuToggle ref={ref} isExpanded={open} onClick={() => setOpen(!open)} variant="plainText">
            {user}
          </MenuToggle>
        )}
      >
        <DropdownList>
          <DropdownItem onClick={out}>{words.signIn.out}</DropdownItem>
        </DropdownList>
      </Dropdown>
      {signOut.isError && (
        <Modal isOpen variant="small" onClose={() => signOut.reset()} aria-labelledby="out-title">
          <ModalHeader title={words.signIn.notOut} labelId="out-title" />
          <ModalBody>
            <ClickProblem error={signOut.error} click="signOut" onRetry={out} />
          </ModalBody>
        </Modal>
      )}
    </>
  );
}
