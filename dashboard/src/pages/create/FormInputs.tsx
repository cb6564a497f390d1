import { ExpandableSection } from '@patternfly/react-core';
import { useState, type ReactNode } from 'react';

import { useConnections, useImages, useQueues } from '~/api/choices';
import { words } from '~/words/words';

import { FieldInput } from './FieldInput';
import { advanced, essentials, expert, expertLists, listKeys, type Field, type Form, type Key, type ListKey, type Problems } from './form';
import { Rows } from './Rows';

interface Props {
  namespace: string;
  form: Form;
  /** What is wrong, of what is to be told now. */
  problems: Problems;
  onChange: (form: Form) => void;
  onLeave: (key: Key) => void;
}

/** The types of GPU there mostly are; a node may name others. */
const gpuTypes = ['nvidia.com/gpu', 'amd.com/gpu'];

const moreLists = listKeys.filter((k) => !expertLists.includes(k));

/** FormInputs are the fields of a job: what every job needs, what some do, and what few. */
export function FormInputs({ namespace, form, problems, onChange, onLeave }: Props) {
  const images = useImages(namespace);
  const queues = useQueues(namespace);
  const connections = useConnections(namespace);
  const known: Partial<Record<string, readonly string[]>> = { image: images, queue: queues, outputConnection: connections, connections, gpuType: gpuTypes };
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
  const rows = (key: ListKey) => (
    <Rows key={key} list={key} rows={form.rows[key]} problem={problems[key]} known={known[key]} onChange={(all) => onChange({ ...form, rows: { ...form.rows, [key]: all } })} />
  );
  const fold = (title: string, lists: readonly ListKey[], fields: readonly Field[]) => (
    <Fold
      title={title}
      said={fields.some((f) => form.text[f.key] !== '' && f.kind !== 'choice') || lists.some((k) => form.rows[k].length > 0)}
      wrong={[...fields.map((f) => f.key), ...lists].some((k) => problems[k] !== undefined)}
    >
      {lists.map(rows)}
      {fields.map(input)}
    </Fold>
  );
  return (
    <>
      {essentials.map(input)}
      {fold(words.create.advanced, moreLists, advanced)}
      {fold(words.create.expert, expertLists, expert)}
    </>
  );
}

/** Fold opens where something of it was said from the beginning; what is wrong is never hidden. */
function Fold({ title, said, wrong, children }: { title: string; said: boolean; wrong: boolean; children: ReactNode }) {
  const [wanted, setWanted] = useState(said);
  return (
    <ExpandableSection toggleText={title} isExpanded={wanted || wrong} onToggle={(_e, on) => setWanted(on)}>
      <div className="create-more">{children}</div>
    </ExpandableSection>
  );
}
