import type { ComparedField, FieldGroup } from '~/api/types';
import { words } from '~/words/words';

const w = words.compare;

export const groups: readonly FieldGroup[] = ['spec', 'resources', 'durations', 'outcome'];

/** fieldTitle is what a field is called; undefined for a path, which is shown as it is. */
export function fieldTitle(field: string): string | undefined {
  if (field.startsWith('env ')) return w.variable(field.slice('env '.length));
  return w.fields[field];
}

/** byGroup are the fields to show, group by group; a group without one is left out. */
export function byGroup(fields: readonly ComparedField[], all: boolean): [FieldGroup, ComparedField[]][] {
  const shown = fields.filter((f) => all || f.differs);
  return groups.map((g): [FieldGroup, ComparedField[]] => [g, shown.filter((f) => f.group === g)]).filter(([, of]) => of.length > 0);
}

/** others says which of a field's values are another than that of the first job. */
export function others(values: readonly string[]): boolean[] {
  return values.map((v) => v !== values[0]);
}
