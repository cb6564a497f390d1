import {
  Badge,
  MenuToggle,
  SearchInput,
  Select,
  SelectList,
  SelectOption,
  Switch,
  Toolbar,
  ToolbarContent,
  ToolbarFilter,
  ToolbarGroup,
  ToolbarItem,
} from '@patternfly/react-core';
import { memo, useEffect, useState } from 'react';

import type { BulkAction } from '~/api/jobs';
import type { Job } from '~/api/types';
import { jobTypes } from '~/jobtypes';
import { words } from '~/words/words';

import { BulkMenu } from './BulkMenu';
import { phases, type Selection } from './selection';

interface Props {
  selection: Selection;
  user: string | undefined;
  onChoose: (change: Partial<Selection>) => void;
  chosen: Job[];
  mayChange: boolean;
  onAct: (action: BulkAction) => void;
}

/** How long typing pauses before it is searched for. */
const typing = 300;

export const JobsFilters = memo(function JobsFilters({ selection, user, onChoose, chosen, mayChange, onAct }: Props) {
  const f = words.jobs.filters;
  return (
    <Toolbar inset={{ default: 'insetNone' }} clearAllFilters={() => onChoose({ search: '', phases: [], types: [], creator: '' })} clearFiltersButtonText={f.clear} collapseListedFiltersBreakpoint="md">
      <ToolbarContent>
        <ToolbarItem>
          <Search value={selection.search} onSearch={(search) => onChoose({ search })} />
        </ToolbarItem>
        <ToolbarGroup variant="filter-group">
          <Choices title={f.phase} all={phases} names={words.phases} of={selection.phases} onChange={(v) => onChoose({ phases: v })} />
          <Choices title={f.type} all={jobTypes} names={words.types} of={selection.types} onChange={(v) => onChoose({ types: v })} />
        </ToolbarGroup>
        {user !== undefined && (
          <ToolbarItem alignSelf="center">
            <Switch label={f.mine} isChecked={selection.creator === user} onChange={(_e, on) => onChoose({ creator: on ? user : '' })} />
          </ToolbarItem>
        )}
        <ToolbarFilter
          categoryName={f.creator}
          labels={selection.creator && selection.creator !== user ? [selection.creator] : []}
          deleteLabel={() => onChoose({ creator: '' })}
        >
          {null}
        </ToolbarFilter>
        <ToolbarItem align={{ default: 'alignEnd' }}>
          <BulkMenu chosen={chosen} mayChange={mayChange} onAct={onAct} />
        </ToolbarItem>
      </ToolbarContent>
    </Toolbar>
  );
});

function Search({ value, onSearch }: { value: string; onSearch: (text: string) => void }) {
  const [text, setText] = useState(value);
  const [from, setFrom] = useState(value);
  if (from !== value) {
    // The address changed by other means: back, or all filters cleared.
    setFrom(value);
    setText(value);
  }
  useEffect(() => {
    if (text === value) return undefined;
    const timer = setTimeout(() => onSearch(text), typing);
    return () => clearTimeout(timer);
  }, [text, value, onSearch]);
  return (
    <SearchInput
      value={text}
      aria-label={words.jobs.searchLabel}
      placeholder={words.jobs.search}
      onChange={(_e, v) => setText(v.slice(0, 256))}
      onClear={() => setText('')}
      onSearch={() => onSearch(text)}
      style={{ minWidth: 'min(28rem, 80vw)' }}
    />
  );
}

interface ChoicesProps<T extends string> {
  title: string;
  all: readonly T[];
  /** What they are called. */
  names: Readonly<Record<T, string>>;
  of: T[];
  onChange: (of: T[]) => void;
}

/** Choices filters by any of a few values. */
function Choices<T extends string>({ title, all, names, of, onChange }: ChoicesProps<T>) {
  const [open, setOpen] = useState(false);
  const without = (v: string) => of.filter((o) => o !== v);
  return (
    <ToolbarFilter categoryName={title} labels={of.map((v) => ({ key: v, node: names[v] }))} deleteLabel={(_c, label) => onChange(without(typeof label === 'string' ? label : label.key))} deleteLabelGroup={() => onChange([])}>
      <Select
        role="menu"
        isOpen={open}
        onOpenChange={setOpen}
        onSelect={(_e, v) => onChange(of.includes(v as T) ? without(String(v)) : [...of, v as T])}
        toggle={(ref) => (
          <MenuToggle ref={ref} isExpanded={open} onClick={() => setOpen(!open)} {...(of.length > 0 ? { badge: <Badge isRead>{of.length}</Badge> } : {})}>
            {title}
          </MenuToggle>
        )}
      >
        <SelectList>
          {all.map((v) => (
            <SelectOption key={v} value={v} hasCheckbox isSelected={of.includes(v)}>
              {names[v]}
            </SelectOption>
          ))}
        </SelectList>
      </Select>
    </ToolbarFilter>
  );
}
