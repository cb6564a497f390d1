import { readFileSync } from 'node:fs';

import { parse } from 'yaml';

import { asProblem, ProblemError } from '~/api/problem';
import type { Spec } from '~/api/types';
import { words } from '~/words/words';

import { draftOf, said } from './draft';
import { empty, formOf, problemsOf, specOf, type Form } from './form';
import { read, write } from './yaml';

const form = (text: Partial<Form['text']>, rows: Partial<Form['rows']> = {}): Form => ({ text: { ...empty.text, ...text }, rows: { ...empty.rows, ...rows }, rest: {} });
const whole = { name: 'bert', image: 'train:1', command: 'python train.py' };

test('a form is the spec that is sent; empty fields and empty rows are not in it', () => {
  const { spec, problems } = specOf(
    form(
      { ...whole, command: 'python train.py --name "a b"', gpusPerWorker: '2' },
      { env: [{ name: 'A', value: '' }, { name: '', value: '' }], claims: [{ name: 'data', mountPath: '/data', readOnly: 'true' }], connections: [{ name: 's3' }] },
    ),
  );
  expect(problems).toEqual({});
  expect(spec).toEqual({
    name: 'bert',
    image: 'train:1',
    command: ['python', 'train.py', '--name', 'a b'],
    workers: 2,
    gpusPerWorker: 2,
    mpi: 'OpenMPI',
    env: [{ name: 'A', value: '' }],
    claims: [{ name: 'data', mountPath: '/data', readOnly: true }],
    connections: ['s3'],
  });
});

test('what is missing or no number is said at its field', () => {
  const { problems } = specOf(form({ workers: '1.5' }, { claims: [{ name: 'data', mountPath: ' ' }] }));
  expect(Object.keys(problems).sort()).toEqual(['claims', 'command', 'image', 'name', 'workers']);
});

test.each([
  ['1 gpu', 'A whole number: did you mean 1?'],
  ['2x', 'A whole number: did you mean 2?'],
  ['1.5', 'A whole number.'],
  ['1e3', 'A whole number.'],
  ['1,000', 'A whole number.'],
  ['２', 'A whole number.'],
  ['99999999999999999999', 'A whole number.'],
  ['two', 'A whole number.'],
])('%s is no number, and %s', (text, says) => {
  expect(specOf(form({ ...whole, workers: text }))).toMatchObject({ problems: { workers: says }, lost: true });
});

test.each(['-1', '0', '1000000', ' 3 '])('what number %s may be is the service’s to say', (text) => {
  expect(specOf(form({ ...whole, workers: text })).spec.workers).toBe(Number(text));
});

test('a spec goes into the form and comes out as it was, with what the form has no field for', () => {
  const spec = {
    name: 'bert',
    image: 'train:1',
    command: ['sh', '-c', 'echo "a" $HOME'],
    args: ['--lr', '0.1'],
    workers: 4,
    gpuType: 'amd.com/gpu',
    mpi: 'MPICH',
    env: [{ name: 'A', value: '' }],
    secrets: [{ name: 'token' }, { name: 'keys', mountPath: '/keys' }],
    claims: [{ name: 'data', mountPath: '/data' }],
    connections: ['s3'],
    timeLimit: '48h',
  };
  const back = formOf(spec);
  expect(back && specOf(back)).toEqual({ spec, problems: {} });
});

test.each([
  ['a command with both quotes in a word', { command: [`a'b"c`] }],
  ['a list of what a row has no column for', { env: [{ name: 'A', value: '', valueFrom: {} }] }],
  ['a value that is no text, which the service refuses', { env: [{ name: 'A', value: false }] }],
  ['a number for a text', { image: 2.1 }],
  ['a field that is no text', { image: { tag: 1 } }],
  ['a list that is none', { connections: 's3' }],
  ['labels that are a list', { nodeSelector: ['gpu'] }],
  ['a label whose value is no text', { nodeSelector: { gpu: true } }],
  ['options that are one text', { mpirunFlags: '--tag-output' }],
])('%s is not shown in a form', (_what, spec) => {
  expect(formOf(spec as never)).toBeUndefined();
});

test("the service's words stand at their fields, others apart", () => {
  const error = (fields: { field: string; message: string }[]) => asProblem(new ProblemError({ type: '', title: '', status: 422, code: 'Invalid', detail: '', fields }));
  expect(problemsOf(error([{ field: 'env[1].name', message: 'twice' }, { field: 'image', message: 'bad' }]))).toEqual({
    problems: { env: 'Row 2: twice', image: 'bad' },
  });
  expect(problemsOf(error([{ field: 'claims', message: 'one' }, { field: 'claims[0].name', message: 'two' }])).problems).toEqual({ claims: 'one; Row 1: two' });
  // Only what no field shows is said apart.
  expect(problemsOf(error([{ field: 'code', message: 'unknown' }, { field: 'image', message: 'bad' }])).rest?.problem.fields).toEqual([{ field: 'code', message: 'unknown' }]);
  expect(problemsOf(error([])).rest?.code).toBe('Invalid');
});

/** Something to say in each field of the simple form. */
const everything = {
  name: 'bert',
  image: 'train:1',
  command: ['sh', '-c', 'echo "a" $HOME'],
  args: ['--lr', '0.1 or so'],
  workers: 4,
  slotsPerWorker: 2,
  cpuPerWorker: '4',
  memoryPerWorker: '16Gi',
  gpusPerWorker: 2,
  gpuType: 'amd.com/gpu',
  launcherCPU: '2',
  launcherMemory: '1Gi',
  mpirunFlags: ['--mca', 'btl', '^openib', '-x', 'A'],
  priorityClass: 'high',
  nodeSelector: { 'topology.kubernetes.io/zone': 'a', spare: '' },
  env: [{ name: 'A', value: 'true' }, { name: 'B', value: '' }],
  secrets: [{ name: 'token' }, { name: 'keys', mountPath: '/keys' }],
  claims: [{ name: 'data', mountPath: '/data', readOnly: true }],
  connections: ['s3'],
  sharedMemory: '0',
  queue: 'volcano:team',
  output: 's3://models/x',
  outputConnection: 's3',
  mpi: 'MPICH',
  timeLimit: '48h',
  network: 'isolated',
} satisfies Spec;

test('each field of the contract’s simple form can be said in the form', () => {
  const contract = parse(readFileSync('../openapi/training.yaml', 'utf8')) as { components: { schemas: { Spec: { properties: object } } } };
  // Which namespace the page says, and code is chosen as a folder.
  const others = ['namespace', 'code'];
  expect(Object.keys(everything).sort()).toEqual(Object.keys(contract.components.schemas.Spec.properties).filter((f) => !others.includes(f)).sort());
  expect(formOf(everything)?.rest).toEqual({});
});

test('form and YAML are the same job, field by field and both ways', () => {
  const fields = Object.entries(everything);
  for (const changed of [everything, ...fields.map(([key]) => Object.fromEntries(fields.filter(([k]) => k !== key)))]) {
    // From YAML into the form, and from the form into YAML, as a change of the view does it.
    const asForm = draftOf(read(write(changed)).spec);
    expect(asForm.view).toBe('form');
    const back = said({ view: 'yaml', text: write(said(asForm).spec ?? {}) }).spec;
    expect(back).toEqual('mpi' in changed ? changed : { ...changed, mpi: 'OpenMPI' });
  }
});

test('a label that is there twice has no place in YAML', () => {
  expect(specOf(form(whole, { nodeSelector: [{ label: 'zone', value: 'a' }, { label: 'zone ', value: 'b' }] }))).toMatchObject({ problems: { nodeSelector: words.create.twice }, lost: true });
  expect(specOf(form(whole)).lost).toBeUndefined();
});

test('a quote that is not closed is a problem: where its words end is not known', () => {
  for (const [command, want] of [
    ['sh -c "unclosed', words.create.unclosed],
    ["echo it's", words.create.unclosed],
    [`sh -c "it's"`, undefined],
    [`sh -c 'say "a"' "b"`, undefined],
  ] as const)
    expect(specOf(form({ ...whole, command })).problems.command).toBe(want);
});
