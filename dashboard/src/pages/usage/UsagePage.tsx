import { Alert, Button, Card, CardBody, EmptyState, EmptyStateBody, Flex, FlexItem, List, ListItem, PageSection, Skeleton, Stack, Title } from '@patternfly/react-core';
import { ChartBarIcon, SyncAltIcon } from '@patternfly/react-icons';
import { Link } from 'react-router-dom';

import { asProblem } from '~/api/problem';
import { useProjects } from '~/api/projects';
import type { Scope, UsageBoard } from '~/api/types';
import { useUsage } from '~/api/usage';
import { pathOf, useScope } from '~/app/scope';
import { ProblemView } from '~/components/ProblemView';
import { words } from '~/words/words';

import { ProjectsTable } from './ProjectsTable';
import { ProjectUsage } from './ProjectUsage';
import './usage.css';

const w = words.usage;

/** UsagePage is what jobs take now, of which quota, who takes it and what waits: of a project, or of all. */
export default function UsagePage() {
  const scope = useScope() ?? null;
  const usage = useUsage(scope);
  return (
    <PageSection isFilled>
      <Stack hasGutter>
        <Flex>
          <FlexItem grow={{ default: 'grow' }}>
            <Title headingLevel="h1">{words.pages.usage}</Title>
          </FlexItem>
          {usage.data && (
            <FlexItem>
              <AsOf at={usage.data.items?.[0]?.time ?? new Date(usage.dataUpdatedAt).toISOString()} />
            </FlexItem>
          )}
          <FlexItem>
            <Button variant="secondary" icon={<SyncAltIcon />} onClick={() => void usage.refetch()}>
              {w.refresh}
            </Button>
          </FlexItem>
        </Flex>
        {usage.isError && (
          <>
            {usage.data && <Alert variant="warning" isInline isPlain title={w.stale} component="p" />}
            <ProblemView error={usage.error} onRetry={() => void usage.refetch()} />
            {scope === null && asProblem(usage.error).status === 403 && <OwnProjects />}
          </>
        )}
        {usage.isPending && <Loading />}
        {usage.data && <Board scope={scope} board={usage.data} />}
      </Stack>
    </PageSection>
  );
}

/** AsOf is the moment for which the numbers hold. */
function AsOf({ at }: { at: string }) {
  return (
    <>
      {w.asOf} <time dateTime={at}>{new Date(at).toLocaleTimeString()}</time>
    </>
  );
}

function Loading() {
  return (
    <Card>
      <CardBody>
        <Skeleton width="30%" screenreaderText={words.loading} />
        <br />
        <Skeleton height="12rem" />
      </CardBody>
    </Card>
  );
}

function Board({ scope, board }: { scope: Scope; board: UsageBoard }) {
  const items = board.items ?? [];
  const only = scope === null ? undefined : items[0];
  const idle = scope === null ? items.length === 0 : !only || (only.unfinished === 0 && (only.quotas ?? []).length === 0);
  return (
    <>
      {board.notes && board.notes.length > 0 && (
        <Alert variant="info" isInline title={w.notes} component="h2">
          <List>
            {board.notes.map((n) => (
              <ListItem key={n}>{n}</ListItem>
            ))}
          </List>
        </Alert>
      )}
      {idle ? (
        <EmptyState titleText={w.noneTitle} headingLevel="h2" icon={ChartBarIcon}>
          <EmptyStateBody>{scope === null ? w.noneText : w.noneHere}</EmptyStateBody>
        </EmptyState>
      ) : only ? (
        <ProjectUsage usage={only} />
      ) : (
        <Card>
          <CardBody>
            <ProjectsTable items={items} />
          </CardBody>
        </Card>
      )}
    </>
  );
}

/** OwnProjects leads whoever may not see all to what they may. */
function OwnProjects() {
  const projects = useProjects();
  if (!projects.data || projects.data.names.length === 0) return null;
  return (
    <>
      <Title headingLevel="h2" size="md">
        {w.yours}
      </Title>
      <List isPlain>
        {projects.data.names.map((n) => (
          <ListItem key={n}>
            <Link to={pathOf(n, 'usage')}>{n}</Link>
          </ListItem>
        ))}
      </List>
    </>
  );
}
