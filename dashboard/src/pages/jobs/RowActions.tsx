import { Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import { EllipsisVIcon } from '@patternfly/react-icons';
import { useState } from 'react';
import { useNavigate } from 'react-router-dom';

import type { Job } from '~/api/types';
import { inMain } from '~/components/inMain';
import { may } from '~/components/may';
import { seenPath } from '~/components/seenPath';
import { offersOf } from '~/pages/job/offers';
import { words } from '~/words/words';

import type { RowAction } from './rowAction';

interface Props {
  job: Job;
  mayChange: boolean;
  mayCreate: boolean;
  onAct: (action: RowAction, job: Job) => void;
}

/** As on the job's page, in its order. */
const changes = ['suspend', 'resume'] as const;

/** copiesOf are the ways to run it again, the likelier first: the same again may help only one that failed, and not if it fails as it did. */
function copiesOf(job: Job): RowAction[] {
  const { retry } = offersOf(job);
  return [...(retry && job.phase === 'Failed' ? (['retry'] as const) : []), ...(may.clone(job) ? (['clone'] as const) : []), ...(retry && job.phase !== 'Failed' ? (['retry'] as const) : [])];
}

/** RowActions are what can be done to one job. The menu is made when it is first asked for: a list has hundreds of rows. */
export function RowActions({ job, mayChange, mayCreate, onAct }: Props) {
  const [made, setMade] = useState(false);
  const [open, setOpen] = useState(false);
  const navigate = useNavigate();
  const shown: RowAction[] = [...changes.filter((a) => mayChange && may[a](job)), ...(mayCreate ? copiesOf(job) : [])];
  const template = mayCreate && may.template(job);
  const deletes = mayChange && may.delete(job);
  if (shown.length === 0 && !template && !deletes) return null;
  const onToggle = () => {
    setMade(true);
    // Made and then opened: it takes the focus when it opens, and the click that made it would close it again.
    if (made) setOpen(!open);
    else setTimeout(() => setOpen(true));
  };
  if (!made) {
    // As MenuToggle makes it, which would watch its own width in every row.
    return (
      <button type="button" className="pf-v6-c-menu-toggle pf-m-plain" aria-expanded={false} aria-label={words.actions.menu(job.name)} onClick={onToggle}>
        <span className="pf-v6-c-menu-toggle__icon">
          <EllipsisVIcon set="default" />
        </span>
      </button>
    );
  }
  const toggle = (ref: React.Ref<HTMLButtonElement>) => (
    <MenuToggle ref={ref} variant="plain" icon={<EllipsisVIcon />} isExpanded={open} aria-label={words.actions.menu(job.name)} onClick={onToggle} />
  );
  return (
    <Dropdown isOpen={open} onOpenChange={setOpen} onSelect={() => setOpen(false)} shouldFocusFirstItemOnOpen popperProps={{ position: 'right', appendTo: inMain }} toggle={toggle}>
      <DropdownList>
        {shown.map((a) => (
          <DropdownItem key={a} onClick={() => onAct(a, job)}>
            {words.actions[a]}
          </DropdownItem>
        ))}
        {template && <DropdownItem onClick={() => navigate(seenPath('templates?save', job))}>{words.actions.template}</DropdownItem>}
        {deletes && (
          <DropdownItem isDanger onClick={() => onAct('delete', job)}>
            {words.actions.delete}
          </DropdownItem>
        )}
      </DropdownList>
    </Dropdown>
  );
}
