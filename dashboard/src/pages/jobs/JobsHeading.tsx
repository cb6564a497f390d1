import { Title, Toolbar, ToolbarContent, ToolbarItem } from '@patternfly/react-core';
import { memo } from 'react';

import type { Live } from '~/api/useLive';
import { LinkButton } from '~/components/LinkButton';
import { LiveState } from '~/components/LiveState';
import { words } from '~/words/words';

interface Props {
  /** Of what is shown, if anything is. */
  live: Live | undefined;
  /** Where a job is made, for who may. */
  createAt: string | undefined;
}

/** JobsHeading is what the list is of, and whether it is up to date. */
export const JobsHeading = memo(function JobsHeading({ live, createAt }: Props) {
  return (
    <Toolbar inset={{ default: 'insetNone' }}>
      <ToolbarContent alignItems="center">
        <ToolbarItem>
          <Title headingLevel="h1">{words.pages.jobs}</Title>
        </ToolbarItem>
        {live && (
          <ToolbarItem>
            <LiveState live={live} />
          </ToolbarItem>
        )}
        {createAt !== undefined && (
          <ToolbarItem align={{ default: 'alignEnd' }}>
            <LinkButton to={createAt}>{words.pages.create}</LinkButton>
          </ToolbarItem>
        )}
      </ToolbarContent>
    </Toolbar>
  );
});
