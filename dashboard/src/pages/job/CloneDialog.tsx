import { Button, Form, FormGroup, Label, Modal, ModalBody, ModalFooter, ModalHeader, TextInput } from '@patternfly/react-core';
import { useState } from 'react';

import { useSource } from '~/api/create';
import { useClone, type JobRef } from '~/api/job';
import { asProblem } from '~/api/problem';
import type { Changes, Job } from '~/api/types';
import { pathOf } from '~/app/scope';
import { ClickProblem } from '~/components/ClickProblem';
import { Help } from '~/components/Help';
import { LinkButton } from '~/components/LinkButton';
import { typeOf } from '~/jobtypes';
import { words } from '~/words/words';

import { changesOf, fields, shown, valuesOf, type Values } from './cloneFields';
import { CloneProgram } from './CloneProgram';
import { changedBy, lineOf, programChanges, programOf } from './programChanges';

const w = words.job.clone;

interface Props {
  jobRef: JobRef;
  job: Job;
  /** What would mend it. */
  fix?: Changes | undefined;
  /** The field that one is to fill in. */
  first?: keyof Changes | undefined;
  onClose: () => void;
  onDone: (name: string) => void;
}

/** CloneDialog makes a copy of a job; what differs from it is marked. */
export function CloneDialog({ jobRef, job, fix, first, onClose, onDone }: Props) {
  const was = valuesOf(job);
  const [values, setValues] = useState<Values>({ ...was, ...valuesOf(fix ?? {}) });
  const [program, setProgram] = useState(() => programOf(fix));
  const clone = useClone(jobRef);
  // Of what the job runs its page knows nothing: its manifest does, in the simple form where it fits in there.
  const source = useSource(job.namespace, { from: job.name });
  const line = lineOf(source.data?.spec);
  const runs = programChanges(line, program);
  const result = changesOf(was, values, fix);
  const changes = result.ok && Object.keys(runs.problems).length === 0 ? changedBy(result.changes, program, runs) : undefined;
  const problem = clone.isError ? asProblem(clone.error) : undefined;
  // What stands at its field isn't said above too.
  const placed = problem?.problem.fields?.every((f) => shown(f.field) || f.field === 'command' || f.field === 'env') === true;
  const submit = () => {
    if (changes) clone.mutate({ changes }, { onSuccess: onDone });
  };
  const names = { ...words.job.fact, ...typeOf(job).words };
  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-labelledby="clone-title" {...(first !== undefined && { elementToFocus: `#clone-${first}` })}>
      <ModalHeader title={w.title(job.name)} description={fix ? w.withFix : w.text} labelId="clone-title" />
      <ModalBody>
        <Form
          id="clone"
          onSubmit={(e) => {
            e.preventDefault();
            submit();
          }}
        >
          {clone.isError && !placed && <ClickProblem error={clone.error} click="clone" onRetry={changes && submit} project={job.namespace} />}
          {fields.map((f) => {
            const changed = values[f.key] !== was[f.key];
            const wrong = result.ok ? problem?.field(f.key) : result.problems[f.key];
            const help = f.key !== 'timeLimit' ? '' : was.timeLimit === '' ? words.create.fields.timeLimit.help : w.limit;
            return (
              <FormGroup key={f.key} label={names[f.word]} fieldId={`clone-${f.key}`} {...(changed ? { labelHelp: <Label color="orange" isCompact>{w.changed(was[f.key])}</Label> } : {})}>
                <TextInput
                  id={`clone-${f.key}`}
                  value={values[f.key]}
                  inputMode={f.number ? 'numeric' : 'text'}
                  validated={wrong ? 'error' : 'default'}
                  {...(wrong || help ? { 'aria-describedby': `clone-${f.key}-help` } : {})}
                  onChange={(_e, v) => {
                    setValues({ ...values, [f.key]: v.trim() });
                    clone.reset();
                  }}
                />
                {(wrong ?? help) && <Help id={`clone-${f.key}-help`} wrong={wrong} text={help} />}
              </FormGroup>
            );
          })}
          <CloneProgram
            was={line}
            reading={source.isPending ? 'pending' : !source.data ? 'failed' : line === undefined ? 'own' : 'simple'}
            variables={(source.data?.spec?.env ?? []).map((e) => e.name)}
            program={program}
            problems={{ command: runs.problems.command ?? problem?.field('command'), env: runs.problems.env ?? problem?.field('env') }}
            onChange={(now) => {
              setProgram(now);
              clone.reset();
            }}
          />
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button type="submit" form="clone" isDisabled={!changes || clone.isPending} isLoading={clone.isPending}>
          {w.submit}
        </Button>
        <LinkButton variant="secondary" to={pathOf(job.namespace, `create?from=${encodeURIComponent(job.name)}`)}>
          {w.more}
        </LinkButton>
        <Button variant="link" onClick={onClose}>
          {words.cancel}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
