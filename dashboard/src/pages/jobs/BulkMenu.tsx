import { Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import { useState } from 'react';
import { useNavigate } from 'react-router-dom';

import { fewestCompared, mostCompared } from '~/api/compare';
import type { BulkAction } from '~/api/jobs';
import type { Job } from '~/api/types';
import { comparePath } from '~/components/comparePath';
import { inMain } from '~/components/inMain';
import { words } from '~/words/words';

interface Props {
  chosen: Job[];
  mayChange: boolean;
  onAct: (action: BulkAction) => void;
}

/** BulkMenu is what can be done with the jobs that are selected. */
export function BulkMenu({ chosen, mayChange, onAct }: Props) {
  const [open, setOpen] = useState(false);
  const navigate = useNavigate();
  const act = (action: BulkAction) => () => {
    setOpen(false);
    onAct(action);
  };
  const first = chosen[0];
  const comparable = chosen.length >= fewestCompared && chosen.length <= mostCompared && chosen.every((j) => j.namespace === first?.namespace);
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      popperProps={{ position: 'right', appendTo: inMain }}
      toggle={(ref) => (
        <MenuToggle ref={ref} isExpanded={open} isDisabled={chosen.length === 0} onClick={() => setOpen(!open)}>
          {chosen.length > 0 ? words.jobs.selected(chosen.length) : words.actions.bulk}
        </MenuToggle>
      )}
    >
      <DropdownList>
        <DropdownItem
          isAriaDisabled={!comparable}
          {...(comparable ? {} : { description: words.compare.which })}
          onClick={() => first && navigate(comparePath(first.namespace, chosen.map((j) => j.name)))}
        >
          {words.actions.compare}
        </DropdownItem>
        {mayChange && (
          <>
            <DropdownItem onClick={act('suspend')}>{words.actions.suspend}</DropdownItem>
            <DropdownItem onClick={act('resume')}>{words.actions.resume}</DropdownItem>
            <DropdownItem isDanger onClick={act('delete')}>
              {words.actions.delete}
            </DropdownItem>
          </>
        )}
      </DropdownList>
    </Dropdown>
  );
}
