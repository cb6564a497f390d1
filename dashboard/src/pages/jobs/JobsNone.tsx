import { Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter } from '@patternfly/react-core';
import { CubesIcon, SearchIcon } from '@patternfly/react-icons';

import { LinkButton } from '~/components/LinkButton';
import { words } from '~/words/words';

interface Props {
  filtered: boolean;
  onClear: () => void;
  /** Where jobs are created; undefined for who may not. */
  createAt: string | undefined;
}

/** JobsNone is the list without a job. */
export function JobsNone({ filtered, onClear, createAt }: Props) {
  if (filtered) {
    return (
      <EmptyState titleText={words.jobs.noMatch} headingLevel="h2" icon={SearchIcon}>
        <EmptyStateBody>{words.jobs.noMatchText}</EmptyStateBody>
        <EmptyStateFooter>
          <EmptyStateActions>
            <Button variant="link" onClick={onClear}>
              {words.jobs.filters.clear}
            </Button>
          </EmptyStateActions>
        </EmptyStateFooter>
      </EmptyState>
    );
  }
  return (
    <EmptyState titleText={words.jobs.noneTitle} headingLevel="h2" icon={CubesIcon}>
      <EmptyStateBody>{words.jobs.noneText}</EmptyStateBody>
      {createAt !== undefined && (
        <EmptyStateFooter>
          <EmptyStateActions>
            <LinkButton to={createAt}>{words.pages.create}</LinkButton>
          </EmptyStateActions>
        </EmptyStateFooter>
      )}
    </EmptyState>
  );
}
