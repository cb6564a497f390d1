import { EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter, PageSection } from '@patternfly/react-core';
import { PathMissingIcon } from '@patternfly/react-icons';
import { Link } from 'react-router-dom';

import { words } from '~/words/words';

export function NotFound() {
  return (
    <PageSection isFilled>
      <EmptyState titleText={words.pages.notFound} headingLevel="h1" icon={PathMissingIcon}>
        <EmptyStateBody>{words.pages.notFoundHelp}</EmptyStateBody>
        <EmptyStateFooter>
          <EmptyStateActions>
            <Link to="/">{words.pages.toJobs}</Link>
          </EmptyStateActions>
        </EmptyStateFooter>
      </EmptyState>
    </PageSection>
  );
}
