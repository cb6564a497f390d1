import { ExpandableSection } from '@patternfly/react-core';
import { useState } from 'react';

import { useConnections, useQueues } from '~/api/choices';
import { words } from '~/words/words';

import { FieldInput } from './FieldInput';
import { advanced, essentials, listKeys, type Field, type Form, type Key, type Problems } from './form';
import { Rows } from './Rows';

interface Props {
  namespace: string;
  form: Form;
  /** What is wrong, of what is to be told now. */
  problems: Problems;
  onChange: (form: Form) => void;
  onLeave: (key: Key) => void;
}

const hidden = [...advanced.map((f) => f.key), ...listKeys];

/** FormInputs are the fields of a job: what every job needs, and what some do. */
export function FormInputs({ namespace, form, problems, onChange, onLeave }: Props) {
  const said = advanced.some((f) => form.text[f.key] !== '' && f.kind !== 'choice') || listKeys.some((k) => form.rows[k].length > 0);
  const [wanted, setWanted] = useState(said);
  // What is wrong is never hidden.
  const more = wanted || hidden.some((k) => problems[k] !== undefined);
  const queues = useQueues(namespace);
  const connections = useConnections(namespace);
  const known: Partial<Record<string, readonly string[]>> = { queue: queues, outputConnection: connections, connections };
  const input = (f: Field) => (
    <FieldInput
      key={f.key}
      field={f}
      value={form.text[f.key]}
      problem={problems[f.key]}
      known={known[f.key]}
      onChange={(value) => onChange({ ...form, text: { ...form.text, [f.key]: value } })}
      onLeave={() => onLeave(f.key)}
    />
  );
  return (
    <>
      {essentials.map(input)}
      <ExpandableSection toggleText={words.create.advanced} isExpanded={more} onToggle={(_e, on) => setWanted(on)}>
        <div className="create-more">
          {listKeys.map((key) => (
            <Rows key={key} list={key} rows={form.rows[key]} problem={problems[key]} known={known[key]} onChange={(rows) => onChange({ ...form, rows: { ...form.rows, [key]: rows } })} />
          ))}
          {advanced.map(input)}
        </div>
      </ExpandableSection>
    </>
  );
}
