import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What the service answered, and when. */
export interface Recorded {
  at: string;
  answers: Record<string, Answer>;
}
export interface Answer {
  status: number;
  type: string;
  body: string;
  /** Its header of that name. */
  position?: string;
}

/** Where record.ts puts it. */
export const file = fileURLToPath(new URL('answers.json', import.meta.url));

/** keyOf is what an answer is found by: of a stream, whatever it begins from, and for whom; of a job, whichever has its name. */
export function keyOf(method: string, path: string): string {
  const at = new URL(path, 'http://service');
  for (const own of ['from', 'callerIs', 'uid']) at.searchParams.delete(own);
  return `${method} ${at.pathname}${at.search}`;
}

let read: Recorded | undefined;

export function recorded(): Recorded {
  return (read ??= JSON.parse(readFileSync(file, 'utf8')) as Recorded);
}

/** was is the body of a recorded answer, of which another is made. */
export const was = (key: string): unknown => JSON.parse(recorded().answers[key]?.body ?? '');
