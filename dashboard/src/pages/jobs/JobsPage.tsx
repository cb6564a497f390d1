import { Alert, AlertActionCloseButton, PageSection } from '@patternfly/react-core';
import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import { Link, useNavigate, useSearchParams } from 'react-router-dom';

import { followedFrom, useRetry, type JobRef, type SeenJob } from '~/api/job';
import { useJobs, type BulkAction } from '~/api/jobs';
import { useRights } from '~/api/me';
import type { Job } from '~/api/types';
import { useLive } from '~/api/useLive';
import { pathOf, useScope } from '~/app/scope';
import { BulkDialog } from '~/components/BulkDialog';
import { ClickProblem } from '~/components/ClickProblem';
import { jobPath } from '~/components/jobPath';
import { ProblemView } from '~/components/ProblemView';
import { mendOf } from '~/pages/job/offers';
import { words } from '~/words/words';

import { JobsFilters } from './JobsFilters';
import { JobsHeading } from './JobsHeading';
import { JobsNone } from './JobsNone';
import { JobsPages } from './JobsPages';
import { JobsTable } from './JobsTable';
import type { RowAction } from './rowAction';
import { filtered, fromQuery, queryOf, toQuery, type Selection } from './selection';

/** Of a job's page, and loaded when it is first asked for: the list is what comes first. */
const CloneDialog = lazy(async () => ({ default: (await import('~/pages/job/CloneDialog')).CloneDialog }));

const nobody: Job[] = [];

/** JobsPage is the one list of all training jobs. A job that changes draws its row again, and nothing else. */
export function JobsPage() {
  const scope = useScope() ?? null;
  const [query, setQuery] = useSearchParams();
  const selection = useMemo(() => fromQuery(query), [query]);
  const list = useJobs(scope, queryOf(selection));
  const live = useLive(scope, followedFrom(list));
  const rights = useRights(scope);
  const [selected, setSelected] = useState<ReadonlyMap<string, Job>>(new Map());
  const [asking, setAsking] = useState<{ action: BulkAction; jobs: Job[] }>();

  // Another filter or order begins at the first page.
  const choose = useCallback((change: Partial<Selection>) => setQuery(toQuery({ ...selection, page: 1, ...change })), [selection, setQuery]);
  const [cloning, setCloning] = useState<Job>();
  const retry = useRetry();
  const navigate = useNavigate();
  const again = retry.mutate;
  // As from the job's own page: one goes to the copy.
  const to = useCallback(
    (namespace: string, name: string) => {
      navigate(pathOf(namespace, `jobs/${name}`));
    },
    [navigate],
  );
  // One stays at the list, which is told what was made.
  const [made, setMade] = useState<JobRef>();
  const run = useCallback(
    (job: SeenJob) => {
      setMade(undefined);
      again(job, { onSuccess: (name) => setMade({ namespace: job.namespace, name, type: job.type }) });
    },
    [again],
  );
  const askOne = useCallback(
    (action: RowAction, job: Job) => {
      if (action === 'retry') run(job);
      else if (action === 'clone') setCloning(job);
      else setAsking({ action, jobs: [job] });
    },
    [run],
  );
  const jobs = list.data?.items ?? nobody;
  const chosen = useMemo(() => (selected.size === 0 ? nobody : jobs.filter((j) => selected.has(j.uid))), [jobs, selected]);
  const askChosen = useCallback((action: BulkAction) => setAsking({ action, jobs: chosen }), [chosen]);
  const sort = useCallback((sortBy: Selection['sortBy'], reverse: boolean) => choose({ sortBy, reverse }), [choose]);
  const mayChange = scope === null || rights.may('change');
  const mayCreate = scope !== null && rights.may('create');
  const refused = list.isError && !list.data;
  const empty = list.data?.total === 0;

  return (
    <>
      <PageSection>
        <JobsHeading live={list.data && live} createAt={mayCreate && !refused ? pathOf(scope, 'create') : undefined} />
        {retry.isError && (scope === null || retry.variables.namespace === scope) && <ClickProblem error={retry.error} click="retry" onRetry={() => run(retry.variables)} />}
        <div aria-live="polite">
          {made && (scope === null || made.namespace === scope) && (
            <Alert variant="success" isInline isPlain component="p" title={words.actions.retried} actionClose={<AlertActionCloseButton onClose={() => setMade(undefined)} />}>
              <Link to={jobPath(made)}>{made.name}</Link>
            </Alert>
          )}
        </div>
        {list.isError && <ProblemView error={list.error} seen={list.dataUpdatedAt > 0} onRetry={() => void list.refetch()} />}
        {!refused && !(empty && !filtered(selection)) && (
          <JobsFilters
            selection={selection}
            user={rights.user}
            onChoose={choose}
            chosen={chosen}
            mayChange={mayChange}
            onAct={askChosen}
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
                onSort={sort}
                selected={selected}
                onSelect={setSelected}
                mayChange={mayChange}
                mayCreate={scope === null || mayCreate}
                onAct={askOne}
              />
              {list.data && <JobsPages selection={selection} total={list.data.total} onChoose={choose} />}
            </>
          )
        )}
      </PageSection>
      {cloning && (
        <Suspense>
          <CloneDialog job={cloning} first={mendOf(cloning)} onClose={() => setCloning(undefined)} onDone={(name) => to(cloning.namespace, name)} />
        </Suspense>
      )}
      {asking && <BulkDialog action={asking.action} jobs={asking.jobs} onClose={() => setAsking(undefined)} onDone={() => setSelected(new Map())} />}
    </>
  );
}
