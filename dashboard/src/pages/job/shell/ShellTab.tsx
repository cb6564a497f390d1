import { Alert, AlertActionLink, Button, Content, EmptyState, EmptyStateBody, FormSelect, FormSelectOption, Skeleton, Switch, Toolbar, ToolbarContent, ToolbarItem } from '@patternfly/react-core';
import { lazy, Suspense, useState } from 'react';

import { shellPath, type ShellEnd } from '~/api/shell';
import type { Detail } from '~/api/types';
import { useUser } from '~/api/user';
import { words } from '~/words/words';

import { targets } from './targets';

const Terminal = lazy(() => import('./Terminal'));
const w = words.job.shell;
const place = (index: number) => (index < 0 ? w.launcher : w.worker(index));

interface Opened {
  at: number;
  /** Which it is: the same place may be opened again. */
  nth: number;
  state: 'opening' | 'open' | 'ended';
  end?: ShellEnd;
}

/** ShellTab runs a shell in a Worker or the Launcher; why none can be opened is said in its place. */
export function ShellTab({ job, refused }: { job: Detail; refused: string | undefined }) {
  const there = targets(job);
  const user = useUser();
  const [chosen, setChosen] = useState<number>();
  const [spoken, setSpoken] = useState(false);
  const [opened, setOpened] = useState<Opened>();
  const at = chosen !== undefined && there.includes(chosen) ? chosen : there[0];
  // One that is open stays, whatever becomes of the job: what it wrote can still be read.
  if (!opened && (refused !== undefined || at === undefined)) {
    return (
      <EmptyState titleText={w.noneTitle} headingLevel="h2">
        <EmptyStateBody>{refused ?? w.nothing}</EmptyStateBody>
      </EmptyState>
    );
  }
  const open = (where: number) => setOpened({ at: where, nth: (opened?.nth ?? 0) + 1, state: 'opening' });
  const change = (of: Partial<Opened>) => setOpened((was) => was && { ...was, ...of });
  return (
    <>
      <Toolbar inset={{ default: 'insetNone' }}>
        <ToolbarContent alignItems="center">
          <ToolbarItem>
            <FormSelect aria-label={w.where} value={String(at)} isDisabled={there.length === 0} onChange={(_e, v) => setChosen(Number(v))}>
              {there.map((i) => (
                <FormSelectOption key={i} value={String(i)} label={place(i)} />
              ))}
            </FormSelect>
          </ToolbarItem>
          <ToolbarItem>
            <Button isDisabled={at === undefined || refused !== undefined} onClick={() => at !== undefined && open(at)}>
              {opened ? w.another : w.open}
            </Button>
          </ToolbarItem>
          <ToolbarItem alignSelf="center">
            <Switch label={w.spoken} isChecked={spoken} onChange={(_e, on) => setSpoken(on)} />
          </ToolbarItem>
        </ToolbarContent>
      </Toolbar>
      {!opened && <Content component="p">{w.help}</Content>}
      {opened && (
        <>
          <div role="status">
            {opened.state === 'ended' ? (
              <Alert
                variant={opened.end && 'code' in opened.end ? 'info' : 'warning'}
                isInline
                component="p"
                title={ending(opened)}
                actionLinks={there.includes(opened.at) && <AlertActionLink onClick={() => open(opened.at)}>{w.again}</AlertActionLink>}
              />
            ) : (
              <Content component="small">{opened.state === 'open' ? w.openIn(place(opened.at)) : w.opening(place(opened.at))}</Content>
            )}
          </div>
          <Suspense fallback={<Skeleton height="20rem" screenreaderText={words.loading} />}>
            <Terminal key={opened.nth} path={shellPath(job.namespace, job.name, opened.at, user)} spoken={spoken} onOpen={() => change({ state: 'open' })} onEnd={(end) => change({ state: 'ended', end })} />
          </Suspense>
        </>
      )}
    </>
  );
}

function ending({ at, end }: Opened): string {
  if (end === undefined) return w.lost(place(at));
  return 'code' in end ? w.exited(place(at), end.code) : end.problem;
}
