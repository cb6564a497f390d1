import { readFileSync } from 'node:fs';

import Ajv, { type ValidateFunction } from 'ajv';
import { parse } from 'yaml';

/** What a test plays of the service has to be what the contract says of it; a field that isn't there is a mistake too. */

interface Operation {
  parameters?: object[];
  responses: Record<string, Answer | { $ref: string }>;
  requestBody?: { content: Content };
}
type Content = Record<string, { schema: object }>;
interface Answer {
  content?: Content;
}
interface Contract {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: object; responses: Record<string, Answer> };
}

const doc = close(parse(readFileSync('../openapi/training.yaml', 'utf8'))) as Contract;
const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
for (const name of ['int32', 'int64']) ajv.addFormat(name, { type: 'number', validate: Number.isInteger });
ajv.addFormat('binary', true);
ajv.addSchema(doc, 'contract');

/** close takes every field that a schema doesn't name for a mistake. */
function close(of: unknown): unknown {
  if (Array.isArray(of)) return of.map(close);
  if (typeof of !== 'object' || of === null) return of;
  const out = Object.fromEntries(Object.entries(of).map(([k, v]) => [k, close(v)]));
  return 'properties' in out && out.type === 'object' && !('additionalProperties' in out) ? { ...out, additionalProperties: false } : out;
}

const routes = Object.keys(doc.paths)
  .sort((a, b) => Number(a.includes('{')) - Number(b.includes('{')))
  .map((path) => ({ path, match: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`) }));

const known = new Map<string, ValidateFunction>();

/** wrong is what a value isn't that the schema at a place of the contract asks for. */
function wrong(at: readonly string[], value: unknown): string[] {
  const ref = `contract#/${at.map((p) => encodeURIComponent(p.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
  const check = known.get(ref) ?? ajv.compile({ $ref: ref });
  known.set(ref, check);
  return check(value) ? [] : (check.errors ?? []).map((e) => `${e.instancePath} ${e.message ?? ''} ${JSON.stringify(e.params)}`);
}

export interface Exchange {
  method: string;
  /** With its query. */
  path: string;
  status: number;
  /** Of the answer: its media type, and its JSON where it has some. */
  type: string;
  answer: unknown;
  /** Of a request that is answered with what it asked for. */
  body?: unknown;
  /** Its Idempotency-Key, null for none; undefined where nobody looked. */
  key?: string | null;
}

/** operation is what the contract has at an address, by its path; /session is a browser's own, and no part of it. */
function operation(method: string, path: string) {
  const bare = path.split('?')[0] ?? '';
  const found = routes.find((r) => r.match.test(bare))?.path;
  const of = found === undefined ? undefined : doc.paths[found]?.[method.toLowerCase()];
  return found === undefined || of === undefined ? undefined : { at: ['paths', found, method.toLowerCase()], of };
}

/** keyed says that an operation can be told that a request comes again. */
const keyed = (of: Operation) => of.parameters?.some((p) => '$ref' in p && p.$ref === '#/components/parameters/idempotencyKey') === true;

/** success is the status of an answer that is what was asked for. */
export function success(method: string, path: string): number {
  const all = Object.keys(operation(method, path)?.of.responses ?? { 200: {} }).map(Number).filter((n) => n < 300);
  return path.includes('dryRun=') ? 200 : Math.max(...all);
}

/** breaches is in what an exchange isn't as the contract says. */
export function breaches(x: Exchange): string[] {
  if (x.path.split('?')[0] === '/session') return [];
  const said = (what: string[]) => what.map((w) => `${x.method} ${x.path}: ${x.status}: ${w}`);
  const o = operation(x.method, x.path);
  if (!o) return said(['the contract has no such operation']);
  // What stands before the service refuses in its own way.
  if (x.status >= 400 && !x.type.startsWith('application/')) return [];
  const status = String(x.status) in o.of.responses ? String(x.status) : 'default';
  if (status === 'default' && x.status < 400) return said(['the contract has no such answer']);
  const response = o.of.responses[status] ?? {};
  const [base, answer] = '$ref' in response ? [response.$ref.split('/').slice(1), doc.components.responses[response.$ref.split('/').at(-1) ?? '']] : [[...o.at, 'responses', status], response];
  const type = x.type.split(';')[0] ?? '';
  const out: string[] = [];
  if (answer?.content && !(type in answer.content)) out.push(`the answer is ${type}`);
  else if (type.endsWith('json') && answer?.content) out.push(...wrong([...base, 'content', type, 'schema'], x.answer));
  // What creates something has to be safe to send again.
  if (x.key === null && keyed(o.of) && !x.path.includes('dryRun=')) out.push('what was asked: it comes without an Idempotency-Key');
  if (typeof x.key === 'string' && !keyed(o.of)) out.push('what was asked: it takes no Idempotency-Key');
  if (x.status < 400 && o.of.requestBody && x.body !== undefined) out.push(...wrong([...o.at, 'requestBody', 'content', 'application/json', 'schema'], x.body).map((w) => `what was asked: ${w}`));
  return said(out);
}

const events: Record<string, string> = { job: 'Job', removed: 'Removed', line: 'LogLine' };

/** eventBreaches is the same of an event of a stream; one that ends with a reason says a Problem. */
export function eventBreaches(kind: string, data: unknown): string[] {
  const schema = kind === 'end' && Object.keys(data as object).length > 0 ? 'Problem' : events[kind];
  return schema === undefined ? [] : wrong(['components', 'schemas', schema], data).map((w) => `event ${kind}: ${w}`);
}
