import { ActionList, ActionListItem, Alert, Button, CodeBlock, CodeBlockCode, Content, DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm, ExpandableSection } from '@patternfly/react-core';
import { useState } from 'react';
import { useNavigate } from 'react-router-dom';

import { useRetry } from '~/api/job';
import { useRights } from '~/api/me';
import type { Detail, Failure, Member } from '~/api/types';
import { pathOf } from '~/app/scope';
import { mebibytes } from '~/components/bytes';
import { ClickProblem } from '~/components/ClickProblem';
import { comparePath } from '~/components/comparePath';
import { LinkButton } from '~/components/LinkButton';
import { logFor } from '~/components/logFor';
import { Marked } from '~/components/Marked';
import { membersOf } from '~/api/members';
import { plain } from '~/components/plain';
import { seenPath } from '~/components/seenPath';
import { typeOf } from '~/jobtypes';
import { moment } from '~/components/time';
import { words } from '~/words/words';

import { CloneDialog } from './CloneDialog';
import { offersOf } from './offers';
import './failure.css';

const w = words.job.failure;

interface Props {
  job: Detail;
  onLog: (worker: number) => void;
}

/** FailureCard says why a job failed, on what evidence, and what to change. */
export function FailureCard({ job, onLog }: Props) {
  const [cloning, setCloning] = useState(false);
  const rights = useRights(job.namespace);
  const retry = useRetry();
  const navigate = useNavigate();
  const to = (name: string) => {
    navigate(pathOf(job.namespace, `jobs/${name}`));
  };
  const again = () => retry.mutate(job, { onSuccess: to });
  const failure = job.failure;
  const logged = logFor(job, broken(job));
  const reason = failure?.reason ?? job.reason;
  const good = lastGood(job);
  const { copy, retry: mayRetry } = offersOf(job);
  const mayCreate = rights.may('create');
  return (
    <>
      {/* Above: the card is long, and the button at its top. */}
      {retry.isError && <ClickProblem error={retry.error} click="retry" onRetry={again} project={job.namespace} />}
      <Alert
        variant="danger"
        isInline
        component="h2"
        title={plain(job.message ?? job.reason ?? w.unknown)}
      >
        {job.advice && (
          <Content component="p">
            <strong>{w.advice}</strong> <Marked text={job.advice} />
          </Content>
        )}
        <ActionList className="failure-actions">
          {mayCreate && copy !== undefined && (
            <ActionListItem>
              {copy === 'form' ? (
                <LinkButton to={seenPath('create?from', job)}>{w.cloneInForm}</LinkButton>
              ) : (
                <Button onClick={() => setCloning(true)}>{copy === 'fix' ? w.cloneWithFix : w.cloneWith[copy]}</Button>
              )}
            </ActionListItem>
          )}
          {mayCreate && mayRetry && (
            <ActionListItem>
              <Button variant={copy === undefined ? 'primary' : 'secondary'} isLoading={retry.isPending} isDisabled={retry.isPending} onClick={again}>
                {words.actions.retry}
              </Button>
            </ActionListItem>
          )}
          {logged !== undefined && rights.may('logs') && (
            <ActionListItem>
              <Button variant="link" onClick={() => onLog(logged.index)}>
                {w.log(logged.where)}
              </Button>
            </ActionListItem>
          )}
          {good !== undefined && (
            <ActionListItem>
              <LinkButton variant="link" to={comparePath(job.namespace, [good, job.name])}>
                {words.compare.lastGood(good)}
              </LinkButton>
            </ActionListItem>
          )}
          {reason !== undefined && typeOf(job).explained && (
            <ActionListItem>
              <LinkButton variant="link" to={`/help#${reason}`}>
                {w.more}
              </LinkButton>
            </ActionListItem>
          )}
        </ActionList>
        {failure && <Facts failure={failure} />}
        {failure?.logTail && failure.logTail.length > 0 && <Tail lines={failure.logTail} />}
      </Alert>
      {cloning && <CloneDialog job={job} {...(copy === 'fix' ? { fix: job.remedy } : copy === 'form' ? {} : { first: copy })} onClose={() => setCloning(false)} onDone={to} />}
    </>
  );
}

/** The copy or retry, or the job that this is one of, that ended well last; undefined where none did. */
export function lastGood(job: Pick<Detail, 'name' | 'family'>): string | undefined {
  const good = (job.family ?? []).filter((r) => r.phase === 'Succeeded' && r.name !== job.name);
  return good.sort((a, b) => Date.parse(b.created) - Date.parse(a.created))[0]?.name;
}

/** broken is where the failure was, undefined of the job as a whole; where nothing is known of why, the first of its pods that failed. */
function broken(job: Detail): Member | undefined {
  return membersOf(job).find((m) => (job.failure ? m.where === job.failure.where : m.phase === 'Failed'));
}

function Facts({ failure }: { failure: Failure }) {
  const facts: [string, string | undefined][] = [
    [w.reason, failure.reason],
    [w.where, failure.where],
    [w.rank, failure.rank?.toString()],
    [w.exitCode, failure.exitCode?.toString()],
    [w.signal, failure.signal],
    [w.memory, failure.limit ? w.of(mebibytes(failure.peak ?? 0), mebibytes(failure.limit)) : undefined],
    [w.at, failure.at && moment(failure.at)],
    [w.evidence, failure.evidence],
    [w.confidence, failure.confidence],
  ];
  return (
    <DescriptionList isHorizontal isCompact horizontalTermWidthModifier={{ default: '12ch' }} columnModifier={{ lg: '2Col' }}>
      {facts
        .filter(([, value]) => value)
        .map(([term, value]) => (
          <DescriptionListGroup key={term}>
            <DescriptionListTerm>{term}</DescriptionListTerm>
            <DescriptionListDescription>{value}</DescriptionListDescription>
          </DescriptionListGroup>
        ))}
    </DescriptionList>
  );
}

function Tail({ lines }: { lines: string[] }) {
  const [open, setOpen] = useState(true);
  return (
    <ExpandableSection toggleText={w.tail} isExpanded={open} onToggle={(_e, on) => setOpen(on)}>
      <CodeBlock>
        <CodeBlockCode>{lines.map(plain).join('\n')}</CodeBlockCode>
      </CodeBlock>
    </ExpandableSection>
  );
}
