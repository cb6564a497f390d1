import { parseArgsStringToArgv } from 'string-argv';

import { ProblemError } from '~/api/problem';
import type { Spec } from '~/api/types';
import { words } from '~/words/words';

import { commandLine, unclosed } from './commandLine';

/** Things to say of a job in one word or line. */
export type Key =
  | 'name'
  | 'image'
  | 'command'
  | 'workers'
  | 'gpusPerWorker'
  | 'cpuPerWorker'
  | 'memoryPerWorker'
  | 'slotsPerWorker'
  | 'gpuType'
  | 'sharedMemory'
  | 'queue'
  | 'timeLimit'
  | 'mpi'
  | 'network'
  | 'output'
  | 'outputConnection'
  | 'priorityClass'
  | 'launcherCPU'
  | 'launcherMemory'
  | 'mpirunFlags'
  | 'args';

/** Things there may be several of. */
export type ListKey = 'env' | 'secrets' | 'claims' | 'connections' | 'nodeSelector';

/** Row is one of several, its parts by name; a switch that is on is "true". */
export type Row = Readonly<Record<string, string>>;

/** Form holds what was typed, and of a job that was loaded what it has no field for: nothing gets lost. */
export interface Form {
  text: Record<Key, string>;
  rows: Record<ListKey, readonly Row[]>;
  rest: Spec;
}

export interface Field {
  key: Key;
  /** Words are a command line, or a part of one. */
  kind: 'text' | 'number' | 'words' | 'choice';
  required?: boolean;
  choices?: readonly string[];
}

export const essentials: readonly Field[] = [
  { key: 'name', kind: 'text', required: true },
  { key: 'image', kind: 'text', required: true },
  { key: 'command', kind: 'words', required: true },
  { key: 'workers', kind: 'number', required: true },
  { key: 'gpusPerWorker', kind: 'number' },
  { key: 'cpuPerWorker', kind: 'text' },
  { key: 'memoryPerWorker', kind: 'text' },
];

export const advanced: readonly Field[] = [
  { key: 'mpi', kind: 'choice', choices: ['OpenMPI', 'MPICH', 'Intel'] },
  { key: 'slotsPerWorker', kind: 'number' },
  { key: 'gpuType', kind: 'text' },
  { key: 'sharedMemory', kind: 'text' },
  { key: 'queue', kind: 'text' },
  { key: 'timeLimit', kind: 'text' },
  { key: 'network', kind: 'choice', choices: ['', 'none', 'default', 'restricted', 'isolated'] },
  { key: 'output', kind: 'text' },
  { key: 'outputConnection', kind: 'text' },
];

export const expert: readonly Field[] = [
  { key: 'priorityClass', kind: 'text' },
  { key: 'launcherCPU', kind: 'text' },
  { key: 'launcherMemory', kind: 'text' },
  { key: 'mpirunFlags', kind: 'words' },
  { key: 'args', kind: 'words' },
];

export interface Column {
  key: string;
  required?: boolean;
  kind?: 'switch';
  /** It may be empty and yet say something. */
  mayBeEmpty?: boolean;
}

export const lists: Record<ListKey, readonly Column[]> = {
  env: [{ key: 'name', required: true }, { key: 'value', mayBeEmpty: true }],
  secrets: [{ key: 'name', required: true }, { key: 'mountPath' }],
  claims: [{ key: 'name', required: true }, { key: 'mountPath', required: true }, { key: 'readOnly', kind: 'switch' }],
  connections: [{ key: 'name', required: true }],
  nodeSelector: [{ key: 'label', required: true }, { key: 'value', mayBeEmpty: true }],
};

export const listKeys = Object.keys(lists) as ListKey[];
/** Those of the part for experts. */
export const expertLists: readonly ListKey[] = ['nodeSelector'];

const fields = [...essentials, ...advanced, ...expert];

const blank = Object.fromEntries(fields.map((f) => [f.key, ''])) as Record<Key, string>;

export const empty: Form = {
  text: { ...blank, workers: '2', mpi: 'OpenMPI' },
  rows: { env: [], secrets: [], claims: [], connections: [], nodeSelector: [] },
  rest: {},
};

export type Problems = Partial<Record<Key | ListKey, string>>;

/** specOf is a form as the service takes it; what can't be a number, and what is missing, is a problem of its field. Lost is what YAML has no place for. */
export function specOf(form: Form): { spec: Spec; problems: Problems; lost?: true } {
  const spec: Spec = { ...form.rest };
  const problems: Problems = {};
  const lost: { lost?: true } = {};
  const lose = (key: Key | ListKey, problem: string) => {
    problems[key] = problem;
    lost.lost = true;
  };
  for (const f of fields) {
    const text = form.text[f.key].trim();
    if (text === '') {
      if (f.required) problems[f.key] = words.create.missing;
    } else if (f.kind === 'words' && unclosed(text)) lose(f.key, words.create.unclosed);
    else if (f.kind === 'words') Object.assign(spec, { [f.key]: parseArgsStringToArgv(text) });
    else if (f.kind !== 'number') Object.assign(spec, { [f.key]: text });
    else if (/^-?\d{1,9}$/.test(text)) Object.assign(spec, { [f.key]: Number(text) });
    else lose(f.key, words.create.number(/^(\d{1,6})[^\d.,]+$/.exec(text)?.[1]));
  }
  for (const key of listKeys) {
    const rows = form.rows[key].filter((row) => lists[key].some((c) => (row[c.key] ?? '') !== ''));
    if (rows.length === 0) continue;
    if (rows.some((row) => lists[key].some((c) => c.required && (row[c.key] ?? '').trim() === ''))) problems[key] = words.create.lists[key].missing;
    if (key === 'nodeSelector' && new Set(rows.map((r) => (r.label ?? '').trim())).size < rows.length) lose(key, words.create.twice);
    Object.assign(spec, { [key]: valueOf(key, rows) });
  }
  return { spec, problems, ...lost };
}

function valueOf(key: ListKey, rows: readonly Row[]): unknown {
  if (key === 'connections') return rows.map((r) => r.name ?? '');
  if (key === 'nodeSelector') return Object.fromEntries(rows.map((r) => [(r.label ?? '').trim(), r.value ?? '']));
  return rows.map((row) => entry(lists[key], row));
}

function entry(columns: readonly Column[], row: Row): Record<string, string | boolean> {
  const out: Record<string, string | boolean> = {};
  for (const c of columns) {
    const text = row[c.key] ?? '';
    if (c.kind === 'switch') {
      if (text === 'true') out[c.key] = true;
    } else if (text !== '' || c.required || c.mayBeEmpty) out[c.key] = c.mayBeEmpty ? text : text.trim();
  }
  return out;
}

/** formOf is a spec as one types it; undefined where a form can't show it as it is. */
export function formOf(spec: Spec): Form | undefined {
  const form: Form = { text: { ...blank }, rows: { ...empty.rows }, rest: {} };
  for (const [key, value] of Object.entries(spec) as [string, unknown][]) {
    const field = fields.find((f) => f.key === key);
    if (value === undefined || value === null) continue;
    if (field?.kind === 'words') {
      const line = Array.isArray(value) && value.every((v) => typeof v === 'string') ? commandLine(value) : undefined;
      if (line === undefined) return undefined;
      form.text[field.key] = line;
    } else if (field?.kind === 'number' && typeof value === 'number') form.text[field.key] = String(value);
    else if (field && field.kind !== 'number' && typeof value === 'string') form.text[field.key] = value;
    else if (field) return undefined;
    else if ((listKeys as string[]).includes(key)) {
      const rows = rowsOf(key as ListKey, value);
      if (!rows) return undefined;
      form.rows[key as ListKey] = rows;
    } else Object.assign(form.rest, { [key]: value });
  }
  if (form.text.mpi === '') form.text.mpi = empty.text.mpi;
  return form;
}

function rowsOf(key: ListKey, value: unknown): Row[] | undefined {
  if (key === 'nodeSelector') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const labels: [string, unknown][] = Object.entries(value);
    return labels.every((l): l is [string, string] => typeof l[1] === 'string') ? labels.map(([label, v]) => ({ label, value: v })) : undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const rows: Row[] = [];
  for (const one of value as unknown[]) {
    const parts = typeof one === 'string' && key === 'connections' ? { name: one } : one;
    if (typeof parts !== 'object' || parts === null) return undefined;
    const row: Record<string, string> = {};
    for (const [k, v] of Object.entries(parts)) {
      // What is no text would become one, and mean something else: it stays YAML.
      const column = lists[key].find((c) => c.key === k);
      if (!column || typeof v !== (column.kind === 'switch' ? 'boolean' : 'string')) return undefined;
      row[k] = v === false ? '' : String(v);
    }
    rows.push(row);
  }
  return rows;
}

/** problemsOf are the service's own words, by field; rest is what no field here shows. */
export function problemsOf(error: ProblemError | undefined): { problems: Problems; rest?: ProblemError } {
  const problems: Problems = {};
  if (!error) return { problems };
  const fields = error.problem.fields ?? [];
  const others = fields.filter((f) => {
    const [, key = '', row] = /^([A-Za-z]+)(?:\[(\d+)\])?/.exec(f.field ?? '') ?? [];
    if (!Object.hasOwn(empty.text, key) && !Object.hasOwn(lists, key)) return true;
    const said = problems[key as Key | ListKey];
    const message = row !== undefined && Object.hasOwn(lists, key) ? words.create.row(Number(row) + 1, f.message) : f.message;
    problems[key as Key | ListKey] = said === undefined ? message : Object.hasOwn(lists, key) ? `${said}; ${message}` : said;
    return false;
  });
  if (fields.length > 0 && others.length === 0) return { problems };
  return { problems, rest: fields.length > 0 ? new ProblemError({ ...error.problem, fields: others }) : error };
}

/** order is the form's own, from top to bottom. */
export const order: readonly (Key | ListKey)[] = [
  ...essentials.map((f) => f.key),
  ...listKeys.filter((k) => !expertLists.includes(k)),
  ...advanced.map((f) => f.key),
  ...expertLists,
  ...expert.map((f) => f.key),
];
