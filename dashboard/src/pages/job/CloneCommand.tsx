import { FormGroup, Label, TextArea } from '@patternfly/react-core';

import { Help } from '~/components/Help';
import { words } from '~/words/words';

import type { Program } from './programChanges';

const w = words.job.clone;

const helps = { simple: w.command, own: w.commandUnknown, pending: w.commandReading, failed: w.commandUnread };

interface Props {
  /** What the job runs, where that is known. */
  was: string | undefined;
  /** Whether that is read by now: "own" is a job that the simple form can't say. */
  reading: keyof typeof helps;
  program: Program;
  problem: string | undefined;
  onChange: (program: Program) => void;
}

/** CloneCommand is the command that a copy runs. */
export function CloneCommand({ was, reading, program, problem, onChange }: Props) {
  const command = program.command ?? was ?? '';
  const changed = command.trim() !== (was ?? '');
  return (
    <FormGroup label={words.create.fields.command.label} fieldId="clone-command" {...(changed ? { labelHelp: <Label color="orange" isCompact>{w.changed(was ?? '')}</Label> } : {})}>
      <TextArea
        id="clone-command"
        value={command}
        autoResize
        rows={1}
        spellCheck={false}
        aria-describedby="clone-command-help"
        validated={problem ? 'error' : 'default'}
        onChange={(_e, v) => onChange({ ...program, command: v })}
      />
      <Help id="clone-command-help" wrong={problem} text={helps[reading]} />
    </FormGroup>
  );
}
