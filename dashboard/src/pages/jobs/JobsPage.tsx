import { PageSection, Title, Toolbar, ToolbarContent, ToolbarItem } from '@patternfly/react-core';
import { useCallback, useMemo, useState } from 'react';
import { useSearchParams } from 'react-router-dom';

import { useJobs, type BulkAction } from '~/api/jobs';
import { useRights } from '~/api/me';
import type { Job } from '~/api/types';
import { useLive } from '~/api/useLive';
import { pathOf, useScope } from '~/app/scope';
import { BulkDialog } from '~/components/BulkDialog';
import { LinkButton } from '~/components/LinkButton';
import { LiveState } from '~/components/LiveState';
import { ProblemView } from '~/components/ProblemView';
import { words } from '~/words/words';

import { JobsFilters } from './JobsFilters';
import { JobsNone } from './JobsNone';
import { JobsPages } from './JobsPages';
import { JobsTable } from './JobsTable';
import { filtered, fromQuery, queryOf, toQuery, type Selection } from './selection';

/** JobsPage is the one list of all training jobs. */
export function JobsPage() {
  const scope = useScope() ?? null;
  const [query, setQuery] = useSearchParams();
  const selection = useMemo(() => fromQuery(query), [query]);
  const list = useJobs(scope, queryOf(selection));
  const live = useLive(scope, list.data?.position);
  const rights = useRights(scope);
  const [selected, setSelected] = useState<ReadonlyMap<string, Job>>(new Map());
  const [asking, setAsking] = useState<{ action: BulkAction; jobs: Job[] }>();

  // Another filter or order begins at the first page.
  const choose = (change: Partial<Selection>) => setQuery(toQuery({ ...selection, page: 1, ...change }));
  const askOne = useCallback((action: BulkAction, job: Job) => setAsking({ action, jobs: [job] }), []);
  const jobs = list.data?.items ?? [];
  const chosen = jobs.filter((j) => selected.has(j.uid));
  const mayChange = scope === null || rights.may('change');
  const mayCreate = scope !== null && rights.may('create');
  const empty = list.data?.total === 0;

  return (
    <>
      <PageSection>
        <Toolbar inset={{ default: 'insetNone' }}>
          <ToolbarContent>
            <ToolbarItem>
              <Title headingLevel="h1">{words.pages.jobs}</Title>
            </ToolbarItem>
            <ToolbarItem>
              <LiveState live={live} />
            </ToolbarItem>
            {mayCreate && (
              <ToolbarItem align={{ default: 'alignEnd' }}>
                <LinkButton to={pathOf(scope, 'create')}>{words.pages.create}</LinkButton>
              </ToolbarItem>
            )}
          </ToolbarContent>
        </Toolbar>
        {list.isError && <ProblemView error={list.error} onRetry={() => void list.refetch()} />}
        {!(list.isError && !list.data) && !(empty && !filtered(selection)) && (
          <JobsFilters
            selection={selection}
            user={rights.user}
            onChoose={choose}
            chosen={chosen}
            mayChange={mayChange}
            onAct={(action) => setAsking({ action, jobs: chosen })}
          />
        )}
        {empty ? (
          <JobsNone filtered={filtered(selection)} onClear={() => choose({ search: '', phases: [], types: [], creator: '' })} createAt={mayCreate ? pathOf(scope, 'create') : undefined} />
        ) : (
          (list.data ?? list.isPending) && (
            <>
              <JobsTable
                jobs={jobs}
                loading={list.isPending}
                allProjects={scope === null}
                selection={selection}
                onSort={(sortBy, reverse) => choose({ sortBy, reverse })}
                selected={selected}
                onSelect={setSelected}
                mayChange={mayChange}
                mayCreate={scope === null || mayCreate}
                onAct={askOne}
              />
              {list.data && <JobsPages selection={selection} total={list.data.total} onChoose={(c) => choose({ ...c })} />}
            </>
          )
        )}
      </PageSection>
      {asking && <BulkDialog action={asking.action} jobs={asking.jobs} onClose={() => setAsking(undefined)} onDone={() => setSelected(new Map())} />}
    </>
  );
}
