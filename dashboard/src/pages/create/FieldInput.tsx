import { FormGroup, FormSelect, FormSelectOption, TextArea, TextInput } from '@patternfly/react-core';

import { Help } from '~/components/Help';
import { words } from '~/words/words';

import type { Field } from './form';

interface Props {
  field: Field;
  value: string;
  problem: string | undefined;
  /** Values there are, to choose from; others can be typed. */
  known?: readonly string[] | undefined;
  onChange: (value: string) => void;
  onLeave: () => void;
}

/** FieldInput is one thing to say of a job, with what is wrong with it in the service's own words. */
export function FieldInput({ field, value, problem, known, onChange, onLeave }: Props) {
  const id = `create-${field.key}`;
  const shared = { id, value, 'aria-describedby': `${id}-help`, 'aria-required': field.required === true, validated: problem ? ('error' as const) : ('default' as const), onBlur: onLeave };
  const w = words.create.fields[field.key];
  return (
    <FormGroup label={w.label} fieldId={id} isRequired={field.required === true}>
      {field.kind === 'words' && <TextArea {...shared} autoResize rows={field.required ? 2 : 1} spellCheck={false} onChange={(_e, v) => onChange(v)} />}
      {field.kind === 'choice' && (
        <FormSelect {...shared} onChange={(_e, v) => onChange(v)}>
          {field.choices?.map((c) => <FormSelectOption key={c} value={c} label={words.create.choices[c] ?? c} />)}
        </FormSelect>
      )}
      {known && (
        <datalist id={`${id}-known`}>
          {known.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      )}
      {(field.kind === 'text' || field.kind === 'number') && (
        <TextInput {...shared} inputMode={field.kind === 'number' ? 'numeric' : 'text'} autoComplete="off" list={known && `${id}-known`} spellCheck={false} onChange={(_e, v) => onChange(v)} />
      )}
      <Help id={`${id}-help`} wrong={problem} text={w.help} />
    </FormGroup>
  );
}
