import { parseArgsStringToArgv } from 'string-argv';

import type { Changes, Spec } from '~/api/types';
import { commandLine, unclosed } from '~/pages/create/commandLine';
import type { Row } from '~/pages/create/form';
import { words } from '~/words/words';

/** What a copy runs otherwise, as it is typed. */
export interface Program {
  /** Absent while nobody has typed. */
  command?: string;
  /** Variables that are added, or take the place of others. */
  env: readonly Row[];
}

/** lineOf is what a job runs, as one types it; undefined of one that the simple form can't say. */
export function lineOf(spec: Spec | undefined): string | undefined {
  return spec?.command && commandLine([...spec.command, ...(spec.args ?? [])]);
}

/** programOf is what a fix would have run otherwise. */
export function programOf(fix: Changes | undefined): Program {
  const command = fix?.command && commandLine(fix.command);
  return { ...(command !== undefined && { command }), env: (fix?.env ?? []).map(({ name, value }) => ({ name, value })) };
}

export interface ProgramChanges {
  changes: Pick<Changes, 'command' | 'env'>;
  problems: { command?: string; env?: string };
}

/** programChanges are what differs from what the job runs, where that is known: where it isn't, an empty command keeps it. */
export function programChanges(was: string | undefined, now: Program): ProgramChanges {
  const out: ProgramChanges = { changes: {}, problems: {} };
  const command = now.command?.trim();
  if (command !== undefined && command !== (was ?? '')) {
    if (command === '') out.problems.command = words.job.clone.empty;
    else if (unclosed(command)) out.problems.command = words.create.unclosed;
    else out.changes.command = parseArgsStringToArgv(command);
  }
  const rows = now.env.filter((r) => (r.name ?? '') !== '' || (r.value ?? '') !== '');
  if (rows.some((r) => (r.name ?? '').trim() === '')) out.problems.env = words.create.lists.env.missing;
  else if (rows.length > 0) out.changes.env = rows.map((r) => ({ name: (r.name ?? '').trim(), value: r.value ?? '' }));
  return out;
}

/** changedBy puts them over the other changes, whose own are those of a fix: what of it can't be typed comes along. */
export function changedBy(other: Changes, now: Program, of: ProgramChanges): Changes {
  const changes = { ...other };
  delete changes.env;
  if (now.command !== undefined) delete changes.command;
  return { ...changes, ...of.changes };
}
