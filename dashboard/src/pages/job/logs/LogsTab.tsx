import { Alert, Button, FormSelect, FormSelectOption, SearchInput, Switch, Toolbar, ToolbarContent, ToolbarGroup, ToolbarItem } from '@patternfly/react-core';
import { DownloadIcon } from '@patternfly/react-icons';
import { useDeferredValue, useMemo, useState } from 'react';
import { useSearchParams } from 'react-router-dom';

import { logFileURL, type LogSource } from '~/api/logs';
import type { Detail, Member } from '~/api/types';
import { hasLog } from '~/components/logFor';
import { finished } from '~/components/may';
import { membersOf } from '~/api/members';
import { typeOf } from '~/jobtypes';
import { words } from '~/words/words';

import { LogView } from './LogView';
import { Matches } from './Matches';
import { useLog } from './useLog';

const w = words.job.logs;

function sourceOf(text: string | null, members: readonly Member[]): LogSource {
  return members.find((m) => String(m.index) === text)?.index ?? 'all';
}

/** LogsTab follows the log of one of the job's pods, as the Launcher's or a Worker's, or of all of them by time. */
export function LogsTab({ job }: { job: Detail }) {
  const [query, setQuery] = useSearchParams();
  const members = membersOf(job);
  const source = sourceOf(query.get('worker'), members);
  const choose = (of: string) =>
    setQuery((was) => {
      const next = new URLSearchParams(was);
      next.set('worker', of);
      return next;
    });
  const log = useLog(job, source);
  const [text, setText] = useState('');
  const needle = useDeferredValue(text.toLowerCase());
  const [wrap, setWrap] = useState(false);
  const [follow, setFollow] = useState(true);
  const [at, setAt] = useState(0);
  const count = log.lines.length;
  const finder = useMemo(() => new Matches(needle), [needle]);
  const matches = finder.in(log.lines, log.dropped);
  const current = matches.length === 0 ? undefined : matches[Math.min(at, matches.length - 1)];
  const step = (by: number) => {
    setFollow(false);
    setAt((was) => (Math.min(was, matches.length - 1) + by + matches.length) % matches.length);
  };
  return (
    <>
      <Toolbar inset={{ default: 'insetNone' }}>
        <ToolbarContent alignItems="center">
          <ToolbarItem className="log-source">
            <FormSelect
              aria-label={w.source}
              value={String(source)}
              onChange={(_e, v) => choose(v)}
            >
              <FormSelectOption value="all" label={typeOf(job).words.allLogs} />
              {members.map((m) => (
                <FormSelectOption key={m.index} value={String(m.index)} label={hasLog(job, m) ? m.where : w.goneOf(m.where)} />
              ))}
            </FormSelect>
          </ToolbarItem>
          <ToolbarItem>
            <SearchInput
              aria-label={w.search}
              placeholder={w.search}
              value={text}
              onChange={(_e, v) => {
                setText(v);
                setAt(0);
              }}
              onClear={() => setText('')}
              {...(text === '' ? {} : { resultsCount: matches.length === 0 ? w.noMatch : w.matches(Math.min(at, matches.length - 1) + 1, matches.length) })}
              {...(matches.length > 0 ? { onNextClick: () => step(1), onPreviousClick: () => step(-1) } : {})}
              nextNavigationButtonAriaLabel={w.next}
              previousNavigationButtonAriaLabel={w.previous}
            />
          </ToolbarItem>
          <ToolbarGroup align={{ default: 'alignEnd' }} alignItems="center">
            {/* Of a job that is over nothing comes any more; its log is shown from its end. */}
            {!finished(job) && (
              <ToolbarItem>
                <Switch label={w.follow} isChecked={follow} onChange={(_e, on) => setFollow(on)} />
              </ToolbarItem>
            )}
            <ToolbarItem>
              <Switch label={w.wrap} isChecked={wrap} onChange={(_e, on) => setWrap(on)} />
            </ToolbarItem>
            <ToolbarItem>
              <Button variant="secondary" icon={<DownloadIcon />} component="a" href={logFileURL(job, source)} download={`${job.name}.log`}>
                {w.download}
              </Button>
            </ToolbarItem>
          </ToolbarGroup>
        </ToolbarContent>
      </Toolbar>
      {log.dropped > 0 && <Alert variant="info" isInline isPlain component="p" title={w.dropped(log.dropped)} />}
      {log.state === 'lost' && <Alert variant="warning" isInline isPlain component="p" title={w.lost} />}
      <LogView
        lines={log.lines}
        count={count}
        labelled={source === 'all'}
        wrap={wrap}
        follow={follow}
        onLeaveEnd={() => setFollow(false)}
        needle={needle}
        current={current}
        foot={log.state === 'ended' ? (log.problem ?? w.ended) : count === 0 ? w.waiting : undefined}
      />
      {job.launcherPod && typeof source === 'number' && source >= 0 && log.problem !== undefined && (
        <Button variant="link" isInline onClick={() => choose('-1')}>
          {w.launchers}
        </Button>
      )}
    </>
  );
}
