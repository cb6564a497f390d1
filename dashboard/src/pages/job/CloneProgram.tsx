import { FormGroup, Label, TextArea } from '@patternfly/react-core';

import { Help } from '~/components/Help';
import { Rows } from '~/pages/create/Rows';
import { words } from '~/words/words';

import type { Program } from './programChanges';

const w = words.job.clone;

const helps = { simple: w.command, own: w.commandUnknown, pending: w.commandReading, failed: w.commandUnread };

interface Props {
  /** What the job runs, where that is known. */
  was: string | undefined;
  /** Whether that is read by now: "own" is a job that the simple form can't say. */
  reading: keyof typeof helps;
  /** The names of its variables. */
  variables: readonly string[];
  program: Program;
  problems: { command?: string | undefined; env?: string | undefined };
  onChange: (program: Program) => void;
}

/** CloneProgram is what a copy runs otherwise: its command, and variables. */
export function CloneProgram({ was, reading, variables, program, problems, onChange }: Props) {
  const command = program.command ?? was ?? '';
  const changed = command.trim() !== (was ?? '');
  return (
    <>
      <FormGroup label={words.create.fields.command.label} fieldId="clone-command" {...(changed ? { labelHelp: <Label color="orange" isCompact>{w.changed(was ?? '')}</Label> } : {})}>
        <TextArea
          id="clone-command"
          value={command}
          autoResize
          rows={1}
          spellCheck={false}
          aria-describedby="clone-command-help"
          validated={problems.command ? 'error' : 'default'}
          onChange={(_e, v) => onChange({ ...program, command: v })}
        />
        <Help id="clone-command-help" wrong={problems.command} text={helps[reading]} />
      </FormGroup>
      <Rows list="env" rows={program.env} problem={problems.env} known={variables} help={w.env} onChange={(env) => onChange({ ...program, env })} />
    </>
  );
}
