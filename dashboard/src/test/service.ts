import { breaches, success } from './contract';
import { problem } from './fixtures';

interface Sent {
  method: string;
  path: string;
  body: unknown;
  /** Its Idempotency-Key. */
  key: string | null;
}

/** Answerer answers to a body that came with an Idempotency-Key, or without. */
type Answerer = (body: unknown, key: string | null) => Response | Promise<Response>;

/** What the service answers: a body for 200, or a whole Response. */
type Answers = Record<string, object | Answerer>;

/** In what the answers of a test are not as the contract says; setup.ts looks. */
export const broken: string[] = [];

/** answers has requests answered as a test says, by "METHOD path?query"; any other fails the test. What was sent is in the list. */
export function answers(by: Answers): Sent[] {
  const sent: Sent[] = [];
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input instanceof Request ? input : new URL(String(input), window.location.origin), init);
    const url = new URL(request.url);
    const text = await request.text();
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    const key = request.headers.get('Idempotency-Key');
    sent.push({ method: request.method, path: url.pathname + url.search, body, key });
    const { method } = request;
    const path = url.pathname + url.search;
    const answer = by[`${method} ${path}`] ?? by[`${method} ${url.pathname}`];
    if (answer === undefined) throw new Error(`nothing answers ${method} ${path}`);
    const response = typeof answer === 'function' ? await (answer as Answerer)(body, key) : Response.json(answer, { status: success(method, path) });
    const type = response.headers.get('Content-Type') ?? '';
    const { status } = response;
    for (const said of await saidBy(type, response.clone())) broken.push(...breaches({ method, path, status, type, answer: said, body, key }));
    return response;
  });
  return sent;
}

/** saidBy is the JSON of an answer, of lines of it each one; nothing of one that has none. */
async function saidBy(type: string, response: Response): Promise<unknown[]> {
  if (!type.endsWith('json')) return [undefined];
  if (!type.endsWith('x-ndjson')) return [(await response.json()) as unknown];
  const lines = (await response.text()).split('\n').filter(Boolean);
  return lines.map((line): unknown => JSON.parse(line));
}

/** refusal is a problem as the service writes it. */
export function refusal(status: number, code: string, detail: string): Response {
  return Response.json(problem(status, code, detail), { status, headers: { 'Content-Type': 'application/problem+json' } });
}

/** gone is no answer, as without a network. */
export function gone(): never {
  throw new TypeError('Failed to fetch');
}

/** losing is a service that makes something for each key once, and whose first answer gets lost; made are the keys. */
export function losing(answer: (made: number) => Response): { made: string[]; answers: Answerer } {
  const made: string[] = [];
  let lost = false;
  return {
    made,
    answers: (_body, key) => {
      if (key === null) throw new Error('it came without a key');
      if (!made.includes(key)) made.push(key);
      if (lost) return answer(made.indexOf(key) + 1);
      lost = true;
      return gone();
    },
  };
}

/** never is an answer that doesn't come. */
export function never(): Promise<Response> {
  return new Promise(() => undefined);
}

/** empty is the answer to what needs no words. */
export function empty(): Response {
  return new Response(null, { status: 204 });
}
