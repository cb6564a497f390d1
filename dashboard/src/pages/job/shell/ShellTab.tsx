import { Alert, AlertActionLink, Button, Content, EmptyState, EmptyStateBody, FormSelect, FormSelectOption, Skeleton, Switch, Toolbar, ToolbarContent, ToolbarItem } from '@patternfly/react-core';
import { lazy, Suspense, useState } from 'react';

import { shellPath, type ShellEnd } from '~/api/shell';
import type { Detail, Member } from '~/api/types';
import { useUser } from '~/api/user';
import { typeOf } from '~/jobtypes';
import { words } from '~/words/words';

import { targets } from './targets';

const Terminal = lazy(() => import('./Terminal'));
const w = words.job.shell;

interface Opened {
  at: Member;
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
  const runs = (index: number | undefined) => there.find((m) => m.index === index);
  const at = runs(chosen) ?? there[0];
  // One that is open stays, whatever becomes of the job: what it wrote can still be read.
  if (!opened && (refused !== undefined || at === undefined)) {
    return (
      <EmptyState titleText={w.noneTitle} headingLevel="h2">
        <EmptyStateBody>{refused ?? typeOf(job).words.noneRuns}</EmptyStateBody>
      </EmptyState>
    );
  }
  const open = (where: Member) => setOpened({ at: where, nth: (opened?.nth ?? 0) + 1, state: 'opening' });
  const change = (of: Partial<Opened>) => setOpened((was) => was && { ...was, ...of });
  return (
    <>
      <Toolbar inset={{ default: 'insetNone' }}>
        <ToolbarContent alignItems="center">
          <ToolbarItem>
            <FormSelect aria-label={w.where} value={String(at?.index)} isDisabled={there.length === 0} onChange={(_e, v) => setChosen(Number(v))}>
              {there.map((m) => (
                <FormSelectOption key={m.index} value={String(m.index)} label={m.where} />
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
                actionLinks={runs(opened.at.index) && <AlertActionLink onClick={() => open(opened.at)}>{w.again}</AlertActionLink>}
              />
            ) : (
              <Content component="small">{opened.state === 'open' ? w.openIn(opened.at.where) : w.opening(opened.at.where)}</Content>
            )}
          </div>
          <Suspense fallback={<Skeleton height="20rem" screenreaderText={words.loading} />}>
            <Terminal key={opened.nth} path={shellPath(job, opened.at.index, user)} spoken={spoken} onOpen={() => change({ state: 'open' })} onEnd={(end) => change({ state: 'ended', end })} />
          </Suspense>
        </>
      )}
    </>
  );
}

function ending({ at, end }: Opened): string {
  if (end === undefined) return w.lost(at.where);
  return 'code' in end ? w.exited(at.where, end.code) : end.problem;
}
