import type { NewJob, Spec } from '~/api/types';

import { empty, formOf, specOf, type Form, type Problems } from './form';
import { read, write, type Told } from './yaml';

/** Draft is a job to be, as a form or as YAML; what is not shown is not kept. */
export type Draft = { view: 'form'; form: Form } | { view: 'yaml'; text: string };

export const nothing: Draft = { view: 'form', form: empty };

/** draftOf shows a job as a form where one can, and else as YAML. */
export function draftOf(spec: Spec | undefined, whole: object = {}): Draft {
  const form = spec && formOf(spec);
  return form ? { view: 'form', form } : { view: 'yaml', text: write(spec ?? whole) };
}

export interface Said {
  /** What would be sent; absent while something is missing. */
  job?: NewJob;
  /** The same in the simple form, as far as it is one. */
  spec?: Spec;
  problems: Problems;
  /** Something was typed that YAML has no place for. */
  lost?: boolean;
  /** What is wrong with a text, and where a field of it stands. */
  text: readonly Told[];
  lineOf: (field: string) => number | undefined;
}

/** said is what a draft says. */
export function said(draft: Draft): Said {
  if (draft.view === 'form') {
    const of = { ...specOf(draft.form), text: [], lineOf: () => undefined };
    return Object.keys(of.problems).length === 0 ? { ...of, job: of.spec } : of;
  }
  const { problems: text, ...of } = read(draft.text);
  return { problems: {}, text, ...of };
}
