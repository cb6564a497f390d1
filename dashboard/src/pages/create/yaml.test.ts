import { read, write } from './yaml';

test('the simple form comes back as it was written', () => {
  const spec = { name: 'bert', workers: 2, command: ['python', '-c', 'print("é")\n'], timeLimit: '48h' };
  expect(read(write(spec))).toEqual({ job: spec, spec });
});

test('a whole MPIJob is sent as it is and is no simple form', () => {
  const text = 'apiVersion: kubeflow.org/v2beta1\nkind: MPIJob\nmetadata: {name: pi}\nspec: {}\n';
  expect(read(text).spec).toBeUndefined();
  expect(read(text).job).toMatchObject({ kind: 'MPIJob' });
});

test.each([
  ['', /nothing/],
  ['- a\n', /fields with values/],
  ['name: a\nname: b\n', /Line 2/],
  ['name: [a\n', /Line \d/],
  ['name: a\n---\nname: b\n', /several/],
  ['x'.repeat(1 << 21), /longer/],
  [['a: &a [x,x,x,x,x,x,x,x,x,x]', ...'bcdefgh'.split('').map((k, i) => `${k}: &${k} [${Array(10).fill(`*${'abcdefg'[i]}`).join(',')}]`)].join('\n'), /anchors/],
])('bad text %# is answered, not sent', (text, problem) => {
  const got = read(text);
  expect(got.job).toBeUndefined();
  expect(got.problem).toMatch(problem);
});

test('anchors and merges are what they stand for', () => {
  const text = 'base: &base {cpuPerWorker: "2", memoryPerWorker: 4Gi}\n';
  expect(read(`${text}name: bert\nimage: &image train:1\ncommand: [run, *image]\n<<: *base\n`).job).toEqual({
    base: { cpuPerWorker: '2', memoryPerWorker: '4Gi' },
    name: 'bert',
    image: 'train:1',
    command: ['run', 'train:1'],
    cpuPerWorker: '2',
    memoryPerWorker: '4Gi',
  });
});

test('a job of 10,000 lines is read, and its mistake is found', () => {
  const env = Array.from({ length: 5_000 }, (_, i) => `  - name: V${i}\n    value: "${i}"`).join('\n');
  const text = `name: bert\nimage: train:1\nenv:\n${env}\n`;
  expect(read(text).spec?.env).toHaveLength(5_000);
  expect(read(`${text}name: again\n`).problem).toMatch(/Line 10004/);
});

test('tags run nothing, and dates stay text', () => {
  expect(read('name: !!js/function "x"\ntimeLimit: 2024-01-01\n').spec).toEqual({ name: 'x', timeLimit: '2024-01-01' });
});
