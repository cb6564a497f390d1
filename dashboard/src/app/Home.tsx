import { Bullseye, EmptyState, EmptyStateBody, PageSection, Spinner } from '@patternfly/react-core';
import { ProjectDiagramIcon } from '@patternfly/react-icons';
import { Navigate } from 'react-router-dom';

import { useProjects } from '~/api/projects';
import { ProblemView } from '~/components/ProblemView';
import { words } from '~/words/words';

import type { Entry } from './addresses';
import { lastScope, pathOf } from './scope';

/** Home leads to a page of the project that was looked at last, or of the first one. */
export function Home({ page }: { page: Entry }) {
  const projects = useProjects();
  const last = lastScope();
  if (last !== undefined && (last !== null || page.allProjects)) return <Navigate to={pathOf(last, page.path)} replace />;
  if (projects.isError) {
    return (
      <PageSection>
        <ProblemView error={projects.error} onRetry={() => void projects.refetch()} />
      </PageSection>
    );
  }
  if (!projects.data) {
    return (
      <Bullseye>
        <Spinner aria-label={words.loading} />
      </Bullseye>
    );
  }
  const first = projects.data.names[0];
  if (first !== undefined) return <Navigate to={pathOf(first, page.path)} replace />;
  return (
    <PageSection isFilled>
      <EmptyState titleText={words.home.noneTitle} headingLevel="h1" icon={ProjectDiagramIcon}>
        <EmptyStateBody>{words.home.noneText}</EmptyStateBody>
      </EmptyState>
    </PageSection>
  );
}
