import { Breadcrumb, BreadcrumbItem, Card, CardBody, Content, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter, PageBreadcrumb, PageSection, Skeleton, Stack, StackItem, Switch, Title } from '@patternfly/react-core';
import { ColumnsIcon } from '@patternfly/react-icons';
import { Link, useParams, useSearchParams } from 'react-router-dom';

import { fewestCompared, mostCompared, useComparison } from '~/api/compare';
import { pathOf } from '~/app/scope';
import { ProblemView } from '~/components/ProblemView';
import { words } from '~/words/words';

import { ComparisonTable } from './ComparisonTable';
import './compare.css';

const w = words.compare;

/** ComparePage puts the jobs of its address side by side. */
export default function ComparePage() {
  const { namespace = '' } = useParams();
  const [query, setQuery] = useSearchParams();
  const names = [...new Set(query.getAll('job'))].slice(0, mostCompared);
  const all = query.get('all') === 'true';
  const comparison = useComparison(namespace, names);
  const change = (of: (q: URLSearchParams) => void) =>
    setQuery((was) => {
      const next = new URLSearchParams(was);
      of(next);
      return next;
    });
  const { data } = comparison;
  return (
    <>
      <PageBreadcrumb>
        <Breadcrumb>
          <BreadcrumbItem render={({ className }) => <Link to={pathOf(namespace, 'jobs')} className={className}>{words.pages.jobs}</Link>} />
          <BreadcrumbItem isActive>{words.pages.compare}</BreadcrumbItem>
        </Breadcrumb>
      </PageBreadcrumb>
      <PageSection isFilled>
        <Stack hasGutter>
          <Title headingLevel="h1">{words.pages.compare}</Title>
          {names.length < fewestCompared && <Few namespace={namespace} />}
          {comparison.isError && <ProblemView error={comparison.error} onRetry={() => void comparison.refetch()} />}
          {comparison.isLoading && <Skeleton height="20rem" screenreaderText={words.loading} />}
          {data && (
            <Card>
              <CardBody>
                <Stack hasGutter>
                  <StackItem>
                    <Switch label={w.all} isChecked={all} onChange={(_e, on) => change((q) => (on ? q.set('all', 'true') : q.delete('all')))} />
                  </StackItem>
                  <ComparisonTable
                    comparison={data}
                    all={all}
                    onLeaveOut={(name) =>
                      change((q) => {
                        q.delete('job');
                        for (const n of names) if (n !== name) q.append('job', n);
                      })
                    }
                  />
                  {!all && <Content component="small">{(data.fields ?? []).some((f) => f.differs) ? w.same(data.same) : w.nothing}</Content>}
                </Stack>
              </CardBody>
            </Card>
          )}
        </Stack>
      </PageSection>
    </>
  );
}

/** Few says how to come here with jobs to compare. */
function Few({ namespace }: { namespace: string }) {
  return (
    <EmptyState titleText={w.fewTitle} headingLevel="h2" icon={ColumnsIcon}>
      <EmptyStateBody>{w.fewText}</EmptyStateBody>
      <EmptyStateFooter>
        <EmptyStateActions>
          <Link to={pathOf(namespace, 'jobs')}>{words.pages.toJobs}</Link>
        </EmptyStateActions>
      </EmptyStateFooter>
    </EmptyState>
  );
}
