import { Alert, Content, Dropdown, DropdownItem, DropdownList, Flex, FlexItem, MenuToggle, PageSection, Title } from '@patternfly/react-core';
import { useState } from 'react';
import { useNavigate } from 'react-router-dom';

import { useRetry } from '~/api/job';
import type { BulkAction } from '~/api/jobs';
import { useRights } from '~/api/me';
import type { Detail } from '~/api/types';
import type { Live } from '~/api/useLive';
import { pathOf } from '~/app/scope';
import { BulkDialog } from '~/components/BulkDialog';
import { ClickProblem } from '~/components/ClickProblem';
import { inMain } from '~/components/inMain';
import { LinkButton } from '~/components/LinkButton';
import { LiveState } from '~/components/LiveState';
import { may } from '~/components/may';
import { PhaseLabel } from '~/components/PhaseLabel';
import { seenPath } from '~/components/seenPath';
import { tells } from '~/components/tells';
import { words } from '~/words/words';

import { CloneDialog } from './CloneDialog';
import { heldBack } from './heldBack';
import { helpReason } from './helpReason';
import { JobTimes } from './JobTimes';
import { mendOf, offersOf } from './offers';
import { ProgressBar } from './ProgressBar';

interface Props {
  job: Detail;
  live: Live;
}

/** JobHeader says in one look where the job is, what it waits for, and what can be done. */
export function JobHeader({ job, live }: Props) {
  const [asking, setAsking] = useState<BulkAction>();
  const [cloning, setCloning] = useState(false);
  const retry = useRetry();
  const navigate = useNavigate();
  const why = heldBack(job);
  const reason = helpReason(job);
  const to = (name: string) => {
    navigate(pathOf(job.namespace, `jobs/${name}`));
  };
  const again = () => retry.mutate(job, { onSuccess: to });
  return (
    <PageSection>
      <Flex alignItems={{ default: 'alignItemsCenter' }}>
        <FlexItem>
          <Title headingLevel="h1">{job.name}</Title>
        </FlexItem>
        <FlexItem>
          <PhaseLabel phase={job.phase} />
        </FlexItem>
        <FlexItem>
          <LiveState live={live} />
        </FlexItem>
        <FlexItem align={{ default: 'alignRight' }}>
          <ActionsMenu job={job} onBulk={setAsking} onClone={() => setCloning(true)} onRetry={again} />
        </FlexItem>
      </Flex>
      <JobTimes job={job} />
      {job.progress && <ProgressBar progress={job.progress} />}
      {retry.isError && (
        <div className="job-tells">
          <ClickProblem error={retry.error} click="retry" onRetry={again} project={job.namespace} />
        </div>
      )}
      {tells(job) && (
        <Alert variant={reason === undefined ? 'info' : 'warning'} isInline isPlain title={job.message} component="p" className="job-tells">
          {why !== undefined && <Content component="small">{why}</Content>}
          {reason !== undefined && (
            <LinkButton variant="link" isInline to={`/help#${reason}`}>
              {words.job.waitsFor}
            </LinkButton>
          )}
        </Alert>
      )}
      {asking && (
        <BulkDialog
          action={asking}
          jobs={[job]}
          onClose={() => setAsking(undefined)}
          onDone={() => {
            if (asking === 'delete') {
              navigate(pathOf(job.namespace, 'jobs'));
            }
          }}
        />
      )}
      {cloning && <CloneDialog job={job} first={mendOf(job)} onClose={() => setCloning(false)} onDone={to} />}
    </PageSection>
  );
}

interface MenuProps {
  job: Detail;
  onBulk: (action: BulkAction) => void;
  onClone: () => void;
  onRetry: () => void;
}

function ActionsMenu({ job, onBulk, onClone, onRetry }: MenuProps) {
  const [open, setOpen] = useState(false);
  const rights = useRights(job.namespace);
  const navigate = useNavigate();
  const items = [
    { key: 'suspend', show: may.suspend(job) && rights.may('change'), act: () => onBulk('suspend') },
    { key: 'resume', show: may.resume(job) && rights.may('change'), act: () => onBulk('resume') },
    { key: 'retry', show: offersOf(job).retry && rights.may('create'), act: onRetry },
    { key: 'clone', show: may.clone(job) && rights.may('create'), act: onClone },
    { key: 'template', show: may.template(job) && rights.may('createTemplates'), act: () => navigate(seenPath('templates?save', job)) },
    { key: 'delete', show: may.delete(job) && rights.may('delete'), act: () => onBulk('delete') },
  ] as const;
  const shown = items.filter((i) => i.show);
  if (shown.length === 0) return null;
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      popperProps={{ position: 'right', appendTo: inMain }}
      toggle={(ref) => (
        <MenuToggle ref={ref} isExpanded={open} onClick={() => setOpen(!open)}>
          {words.actions.bulk}
        </MenuToggle>
      )}
    >
      <DropdownList>
        {shown.map((i) => (
          <DropdownItem key={i.key} isDanger={i.key === 'delete'} onClick={i.act}>
            {words.actions[i.key]}
          </DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  );
}
