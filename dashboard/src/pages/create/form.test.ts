import { asProblem, ProblemError } from '~/api/problem';

import { empty, formOf, problemsOf, specOf, type Form } from './form';

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
])('%s is not shown in a form', (_what, spec) => {
  expect(formOf(spec as never)).toBeUndefined();
});

test("the service's words stand at their fields, others apart", () => {
  const error = (fields: { field: string; message: string }[]) => asProblem(new ProblemError({ type: '', title: '', status: 422, code: 'Invalid', detail: '', fields }));
  expect(problemsOf(error([{ field: 'env[1].name', message: 'twice' }, { field: 'image', message: 'bad' }]))).toEqual({
    problems: { env: 'env[1].name: twice', image: 'bad' },
    rest: false,
  });
  expect(problemsOf(error([{ field: 'gpuType', message: 'unknown' }])).rest).toBe(true);
});
