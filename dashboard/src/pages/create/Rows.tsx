import { ActionList, ActionListItem, Button, Checkbox, FormGroup, TextInput } from '@patternfly/react-core';
import { MinusCircleIcon, PlusCircleIcon } from '@patternfly/react-icons';
import { useRef } from 'react';

import { Help } from '~/components/Help';
import { words } from '~/words/words';

import { lists, type Column, type ListKey, type Row } from './form';

interface Props {
  list: ListKey;
  rows: readonly Row[];
  problem: string | undefined;
  /** Names there are, to choose from. */
  known?: readonly string[] | undefined;
  /** What they are for, where that isn't what they are for in a new job. */
  help?: string;
  onChange: (rows: readonly Row[]) => void;
}

/** rowNamed is a row that words.create.row names. */
const rowNamed = /(?:^|; )Row (\d+): /g;

/** Rows are things there may be several of, one below the other. */
export function Rows({ list, rows, problem, known, help, onChange }: Props) {
  const w = words.create.lists[list];
  const add = useRef<HTMLButtonElement>(null);
  // Of what is wrong some says which row it means; what is missing is what is empty; and else it may be any.
  const named = [...(problem ?? '').matchAll(rowNamed)].map((m) => Number(m[1]) - 1);
  const lacks = (row: Row) => lists[list].some((c) => c.required && (row[c.key] ?? '').trim() === '');
  const missing = problem === w.missing;
  const isWrong = (row: Row, i: number, c: Column) =>
    problem !== undefined && c.required === true && (missing ? lacks(row) && (row[c.key] ?? '').trim() === '' : named.length === 0 || named.includes(i));
  const change = (i: number, key: string, value: string) => onChange(rows.map((row, at) => (at === i ? { ...row, [key]: value } : row)));
  return (
    <FormGroup role="group" label={w.label} fieldId={`create-${list}`}>
      {known && (
        <datalist id={`create-${list}-known`}>
          {known.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      )}
      {rows.map((row, i) => (
        // Rows have no other name than their place.
        <ActionList key={i} className="create-row">
          {lists[list].map((c) => {
            const label = words.create.columns[c.key] ?? c.key;
            const id = `create-${list}-${i}-${c.key}`;
            return (
              <ActionListItem key={c.key}>
                {c.kind === 'switch' ? (
                  <Checkbox id={id} label={label} isChecked={row[c.key] === 'true'} onChange={(_e, on) => change(i, c.key, on ? 'true' : '')} />
                ) : (
                  <TextInput
                    id={id}
                    aria-label={words.create.cell(w.label, i + 1, label)}
                    placeholder={label}
                    value={row[c.key] ?? ''}
                    list={known && c.key === 'name' ? `create-${list}-known` : undefined}
                    autoComplete="off"
                    spellCheck={false}
                    validated={isWrong(row, i, c) ? 'error' : 'default'}
                    aria-describedby={`create-${list}-help`}
                    onChange={(_e, v) => change(i, c.key, v)}
                  />
                )}
              </ActionListItem>
            );
          })}
          <ActionListItem>
            <Button
              variant="plain"
              icon={<MinusCircleIcon />}
              aria-label={words.create.remove(w.label, i + 1)}
              onClick={() => {
                onChange(rows.filter((_row, at) => at !== i));
                add.current?.focus();
              }}
            />
          </ActionListItem>
        </ActionList>
      ))}
      <Button ref={add} id={`create-${list}`} variant="link" isInline icon={<PlusCircleIcon />} onClick={() => onChange([...rows, {}])}>
        {w.add}
      </Button>
      <Help id={`create-${list}-help`} wrong={problem} text={help ?? w.help} />
    </FormGroup>
  );
}
