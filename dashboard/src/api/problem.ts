import { problems as w } from '~/words/problems';

import type { Problem } from './types';

/** ProblemError is an answer of the service that says what is wrong, or that there was none. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'ProblemError';
    this.problem = problem;
  }

  get code(): string {
    return this.problem.code;
  }

  get status(): number {
    return this.problem.status;
  }

  /** What is wrong with one field, by its path. */
  field(path: string): string | undefined {
    return this.problem.fields?.find((f) => f.field === path)?.message;
  }
}

/** final are answers that another try won't change. */
export const final = (status: number) => status >= 400 && status < 500 && status !== 429;

/** unreachable is the problem of a question that got no answer. A click is another matter: see ClickProblem. */
export function unreachable(): ProblemError {
  return new ProblemError({
    type: 'about:blank',
    title: w.noAnswer,
    status: 0,
    code: 'Unreachable',
    detail: w.unreachable,
    suggestions: [w.unreachableHelp],
  });
}

/** unanswered says that nobody knows what became of a request: no answer came, or a gateway's that had none. */
export function unanswered(error: unknown): boolean {
  const { code, status } = asProblem(error);
  return code === 'Unreachable' || (code === 'Unexpected' && [502, 503, 504].includes(status));
}

/** asProblem is any error as a problem; what is no problem of the service is one of this page. */
export function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new ProblemError({ type: 'about:blank', title: w.mistake, status: 0, code: 'PageError', detail });
}

/** problemOf reads the problem from an answer, also from one that something between here and the service gave. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const type = response.headers.get('Content-Type') ?? '';
  if (type.startsWith('application/problem+json')) {
    return new ProblemError((await response.json()) as Problem);
  }
  return new ProblemError({
    type: 'about:blank',
    title: response.statusText || w.notTheService,
    status: response.status,
    code: 'Unexpected',
    detail: w.between(response.status),
  });
}
