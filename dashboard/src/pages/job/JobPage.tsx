import { Breadcrumb, BreadcrumbItem, PageBreadcrumb, PageSection, Skeleton, Stack, Tab, TabContent, TabContentBody, Tabs, TabTitleText, Title, Tooltip } from '@patternfly/react-core';
import { useRef } from 'react';
import { Link, useParams, useSearchParams } from 'react-router-dom';

import { followedFrom, useDetail, type JobRef } from '~/api/job';
import { useRights } from '~/api/me';
import type { Detail } from '~/api/types';
import { useLive } from '~/api/useLive';
import { pathOf } from '~/app/scope';
import { ProblemView } from '~/components/ProblemView';
import { typeIn } from '~/components/jobPath';
import { typeOf } from '~/jobtypes';
import type { Tab as TabKey } from '~/jobtypes/jobType';
import { words } from '~/words/words';

import { EventsTab } from './EventsTab';
import { JobHeader } from './JobHeader';
import { LogsTab } from './logs/LogsTab';
import { MetricsTab } from './metrics/MetricsTab';
import { OutputsTab } from './outputs/OutputsTab';
import { OverviewTab } from './OverviewTab';
import { ShellTab } from './shell/ShellTab';
import { whyNot } from './shell/targets';
import { YamlTab } from './YamlTab';

/** JobPage is everything about one job. */
export default function JobPage() {
  const { namespace = '', name = '' } = useParams();
  const [query] = useSearchParams();
  const ref: JobRef = { namespace, name, type: typeIn(query) };
  return <PageOf key={JSON.stringify(ref)} {...ref} />; // another job is followed from where its own reading ends
}

function PageOf(ref: JobRef) {
  const { namespace, name } = ref;
  const detail = useDetail(ref);
  const live = useLive(namespace, followedFrom(detail));
  return (
    <>
      <PageBreadcrumb>
        <Breadcrumb>
          <BreadcrumbItem render={({ className }) => <Link to={pathOf(namespace, 'jobs')} className={className}>{words.pages.jobs}</Link>} />
          <BreadcrumbItem isActive>{name}</BreadcrumbItem>
        </Breadcrumb>
      </PageBreadcrumb>
      {detail.isError && (
        <PageSection>
          <Stack hasGutter>
            {!detail.data && <Title headingLevel="h1">{name}</Title>}
            <ProblemView error={detail.error} seen={detail.dataUpdatedAt > 0} onRetry={() => void detail.refetch()} />
          </Stack>
        </PageSection>
      )}
      {detail.isPending && (
        <PageSection>
          <Stack hasGutter>
            <Title headingLevel="h1">{name}</Title>
            <Skeleton height="20rem" screenreaderText={words.loading} />
          </Stack>
        </PageSection>
      )}
      {detail.data && (
        <>
          {/* What was asked of one job, and is open on it, is no matter of the next. */}
          <JobHeader key={`header-${detail.data.uid}`} job={detail.data} live={live} />
          <JobTabs key={`tabs-${detail.data.uid}`} jobRef={ref} job={detail.data} />
        </>
      )}
    </>
  );
}

function JobTabs({ jobRef, job }: { jobRef: JobRef; job: Detail }) {
  const [query, setQuery] = useSearchParams();
  const rights = useRights(job.namespace);
  const { tabs } = typeOf(job);
  const current: TabKey = tabs.find((t) => t === query.get('tab')) ?? 'overview';
  const contents = useRef<Record<string, React.RefObject<HTMLElement | null>>>({});
  const content = (t: TabKey) => (contents.current[t] ??= { current: null });
  const go = (tab: TabKey, worker?: number) =>
    setQuery((was) => {
      const next = new URLSearchParams(was);
      next.set('tab', tab);
      next.delete('worker');
      if (worker !== undefined) next.set('worker', String(worker));
      return next;
    });
  const allowed = tabs.filter((t) => (t === 'logs' ? !rights.known || rights.may('logs') : t !== 'events' || !rights.known || rights.may('events')));
  const noShell = whyNot(job, rights.known ? rights.may('exec') : undefined);
  return (
    <PageSection type="tabs" isFilled>
      <Tabs activeKey={current} onSelect={(_e, key) => go(key as TabKey)} aria-label={words.job.tabs} usePageInsets>
        {allowed.map((t) => (
          <Tab key={t} eventKey={t} title={<TabTitleText>{words.job.tab[t]}</TabTitleText>} tabContentId={`tab-${t}`} tabContentRef={content(t)} {...(t === 'shell' && noShell !== undefined && current !== t ? { isAriaDisabled: true, tooltip: <Tooltip content={noShell} /> } : {})} />
        ))}
      </Tabs>
      <PageSection>
        <TabContent id={`tab-${current}`} key={current} ref={content(current)} aria-label={words.job.tab[current]}>
          <TabContentBody>
            {current === 'overview' && <OverviewTab jobRef={jobRef} job={job} onLog={(worker) => go('logs', worker)} />}
            {current === 'logs' && <LogsTab job={job} />}
            {current === 'metrics' && <MetricsTab jobRef={jobRef} job={job} />}
            {current === 'outputs' && <OutputsTab jobRef={jobRef} job={job} />}
            {current === 'shell' && <ShellTab job={job} refused={noShell} />}
            {current === 'events' && <EventsTab events={job.events ?? []} />}
            {current === 'yaml' && <YamlTab jobRef={jobRef} />}
          </TabContentBody>
        </TabContent>
      </PageSection>
    </PageSection>
  );
}
