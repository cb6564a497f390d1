import type { NewJob, Spec } from '~/api/types';

import { empty, formOf, specOf, type Form, type Problems } from './form';
import { read, write } from './yaml';

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
  textProblem?: string;
}

/** said is what a draft says. */
export function said(draft: Draft): Said {
  if (draft.view === 'form') {
    const { spec, problems } = specOf(draft.form);
    return Object.keys(problems).length === 0 ? { job: spec, spec, problems } : { spec, problems };
  }
  const { job, spec, problem } = read(draft.text);
  return { problems: {}, ...(job && { job }), ...(spec && { spec }), ...(problem !== undefined && { textProblem: problem }) };
}
