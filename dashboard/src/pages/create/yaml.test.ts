import { read, write } from './yaml';

test('the simple form comes back as it was written', () => {
  const spec = { name: 'bert', workers: 2, command: ['python', '-c', 'print("é")\n'], timeLimit: '48h' };
  expect(read(write(spec))).toMatchObject({ job: spec, spec, problems: [] });
});

test('a whole MPIJob is sent as it is and is no simple form', () => {
  const text = 'apiVersion: kubeflow.org/v2beta1\nkind: MPIJob\nmetadata: {name: pi}\nspec: {}\n';
  expect(read(text).spec).toBeUndefined();
  expect(read(text).job).toMatchObject({ kind: 'MPIJob' });
});

test.each([
  ['', /nothing/],
  ['- a\n', /fields with values/],
  ['name: a\nname: b\n', /^2 This is given twice/],
  ['name: [a\n', /^\d/],
  ['name: *b\n', /stands for nothing/],
  ['['.repeat(3_000), /nested too deeply/],
  ['- '.repeat(3_000), /nested too deeply/],
  [`${'['.repeat(3_000)}\n${'- name: a\n  value: b\n'.repeat(20_000)}`, /nested too deeply/],
  ['name: a\n---\nname: b\n', /^2 There are several/],
  [`${Array.from({ length: 50_000 }, (_, i) => `V${i}: x`).join('\n')}\nV7: x\nV8: x\n`, /^50001 .*twice/],
  ['x'.repeat(1 << 21), /longer/],
  [['a: &a [x,x,x,x,x,x,x,x,x,x]', ...'bcdefgh'.split('').map((k, i) => `${k}: &${k} [${Array(10).fill(`*${'abcdefg'[i]}`).join(',')}]`)].join('\n'), /anchors/],
])('bad text %# is answered, not sent', (text, problem) => {
  const got = read(text);
  expect(got.job).toBeUndefined();
  expect(`${got.problems[0]?.line} ${got.problems[0]?.message}`).toMatch(problem);
});

test('every mistake of a text is told at its line, up to a few', () => {
  expect(read('name: a\nimage: i\nname: b\nworkers: 2\nimage: k\n').problems).toEqual([
    { line: 3, column: 1, message: 'This is given twice: remove one.' },
    { line: 5, column: 1, message: 'This is given twice: remove one.' },
  ]);
  expect(read(Array.from({ length: 20 }, () => 'a: 1').join('\n')).problems).toHaveLength(5);
});

test.each([
  ['name', 1],
  ['metadata.name', undefined],
  ['spec.mpiReplicaSpecs[Worker].template.spec.containers[0].image', 7],
  ['spec.mpiReplicaSpecs.Worker.template.spec.containers[1].resources.limits[nvidia.com/gpu]', 10],
  ['spec.mpiReplicaSpecs[Worker].template.spec.containers[1].resources.limits[memory]', 9],
  ['spec.mpiReplicaSpecs[Worker].template.spec.containers[9].image', 6],
  ['spec.mpiReplicaSpecs[Launcher].template', 3],
  ['args[1]', 13],
  ['again.limits', 14],
  ['', undefined],
  ['].[', undefined],
])('%s stands at line %s, or the nearest around it does', (field, line) => {
  const text = `name: x
spec:
  mpiReplicaSpecs:
    Worker:
      template: {spec: {
        containers: [
          {image: i},
          {name: k,
           resources: {limits: &l {
              nvidia.com/gpu: 1}}}]}}
args:
- a
- b
again: {limits: *l}
`;
  expect(read(text).lineOf(field)).toBe(line);
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
  expect(read(`${text}name: again\n`).problems[0]?.line).toBe(10004);
});

test('tags run nothing, and dates stay text', () => {
  expect(read('name: !!js/function "x"\ntimeLimit: 2024-01-01\n').spec).toEqual({ name: 'x', timeLimit: '2024-01-01' });
});
