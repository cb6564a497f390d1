import { rightsNote } from './rightsNote';

const of = (...rights: string[]) => ({ known: true, may: (what: string) => rights.includes(what) });

test.each([
  ['all of it', of('createTemplates', 'updateTemplates', 'deleteTemplates'), undefined],
  ['nothing', of(), undefined],
  ['to save', of('createTemplates'), /neither replace nor delete those of team-a: ask its administrator for the right to update and delete configmaps/],
  ['to save and replace', of('createTemplates', 'updateTemplates'), /but not delete those of team-a: .* to delete configmaps/],
  ['to save and delete', of('createTemplates', 'deleteTemplates'), /but not replace those of team-a: .* to update configmaps/],
  ['what isn’t known yet', { known: false, may: () => true }, undefined],
])('of who may do %s', (_what, rights, said) => {
  if (said) expect(rightsNote(rights, 'team-a')).toMatch(said);
  else expect(rightsNote(rights, 'team-a')).toBeUndefined();
});
