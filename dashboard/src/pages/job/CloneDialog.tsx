import { Button, Divider, Form, FormGroup, Label, Modal, ModalBody, ModalFooter, ModalHeader, TextInput } from '@patternfly/react-core';
import { useState } from 'react';
import { useNavigate } from 'react-router-dom';

import { useSource } from '~/api/create';
import { useClone, useCloneCheck } from '~/api/job';
import { asProblem } from '~/api/problem';
import type { Changes, Job } from '~/api/types';
import { ClickProblem } from '~/components/ClickProblem';
import { Help } from '~/components/Help';
import { LinkButton } from '~/components/LinkButton';
import { ProblemView } from '~/components/ProblemView';
import { seenPath } from '~/components/seenPath';
import { typeOf } from '~/jobtypes';
import { withChanges } from '~/pages/create/changesIn';
import { Rows } from '~/pages/create/Rows';
import { words } from '~/words/words';

import { CloneCommand } from './CloneCommand';
import { changesOf, fields, shown, valuesOf, type Values } from './cloneFields';
import { changedBy, lineOf, programChanges, programOf, type Program } from './programChanges';
import './clone.css';

const w = words.job.clone;

interface Props {
  job: Job;
  /** What would mend it. */
  fix?: Changes | undefined;
  /** The field that one is to fill in. */
  first?: keyof Changes | undefined;
  onClose: () => void;
  onDone: (name: string) => void;
}

/** CloneDialog makes a copy of a job; what differs from it is marked. */
export function CloneDialog({ job, fix, first, onClose, onDone }: Props) {
  const was = valuesOf(job);
  const [values, setValues] = useState<Values>({ ...was, ...valuesOf(fix ?? {}) });
  const [program, setProgram] = useState(() => programOf(fix));
  const clone = useClone(job);
  const check = useCloneCheck(job);
  const navigate = useNavigate();
  const form = seenPath('create?from', job);
  // Of what the job runs its page knows nothing: its manifest does, in the simple form where it fits in there.
  const source = useSource(job.namespace, { from: job.name, uid: job.uid });
  const line = lineOf(source.data?.spec);
  const runs = programChanges(line, program);
  const result = changesOf(was, values, fix);
  const changes = result.ok && Object.keys(runs.problems).length === 0 ? changedBy(result.changes, program, runs) : undefined;
  const error = clone.error ?? check.error;
  const problem = error ? asProblem(error) : undefined;
  // What stands at its field isn't said above too.
  const placed = problem?.problem.fields?.every((f) => shown(f.field) || f.field === 'command' || f.field === 'env') === true;
  const submit = () => {
    if (changes) clone.mutate({ changes }, { onSuccess: onDone });
  };
  const names = { ...words.job.fact, ...typeOf(job).words };
  const forget = () => {
    clone.reset();
    check.reset();
  };
  const changeProgram = (now: Program) => {
    setProgram(now);
    forget();
  };
  // What is changed here comes along; what can't be is said here, where it can be mended.
  const inForm = () => {
    if (changes) check.mutate(changes, { onSuccess: () => navigate(form, { state: withChanges(changes) }) });
  };
  const input = (f: (typeof fields)[number]) => {
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
            forget();
          }}
        />
        {(wrong ?? help) && <Help id={`clone-${f.key}-help`} wrong={wrong} text={help} />}
      </FormGroup>
    );
  };
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
          {check.isError && !placed && <ProblemView error={check.error} />}
          {fields.filter((f) => f.key === 'image').map(input)}
          <CloneCommand
            was={line}
            reading={source.isPending ? 'pending' : !source.data ? 'failed' : line === undefined ? 'own' : 'simple'}
            program={program}
            problem={runs.problems.command ?? problem?.field('command')}
            onChange={changeProgram}
          />
          {fields.filter((f) => f.key !== 'image').map(input)}
          <Rows list="env" rows={program.env} problem={runs.problems.env ?? problem?.field('env')} known={(source.data?.spec?.env ?? []).map((e) => e.name)} help={w.env} onChange={(env) => changeProgram({ ...program, env })} />
        </Form>
      </ModalBody>
      {/* Where the fields scroll one sees that they go on below. */}
      <Divider />
      <ModalFooter className="clone-end">
        <Button type="submit" form="clone" isDisabled={!changes || clone.isPending} isLoading={clone.isPending}>
          {w.submit}
        </Button>
        {changes && Object.keys(changes).length === 0 ? (
          <LinkButton variant="secondary" to={form}>
            {w.more}
          </LinkButton>
        ) : (
          <Button variant="secondary" isDisabled={!changes || check.isPending} isLoading={check.isPending} onClick={inForm}>
            {w.more}
          </Button>
        )}
        <Button variant="link" onClick={onClose}>
          {words.cancel}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
