import { words } from '~/words/words';

const w = words.templates.rights;

/** rightsNote is what who may save templates has to know before: that they may not replace or delete them, and whom to ask. */
export function rightsNote(rights: { known: boolean; may: (what: string) => boolean }, project: string): string | undefined {
  if (!rights.known || !rights.may('createTemplates')) return undefined;
  const [replace, remove] = [rights.may('updateTemplates'), rights.may('deleteTemplates')];
  if (replace && remove) return undefined;
  return replace ? w.noDelete(project) : remove ? w.noReplace(project) : w.neither(project);
}
