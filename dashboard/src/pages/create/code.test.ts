import { File as WholeFile } from 'node:buffer';

import { parseTarGzip } from 'nanotar';

import { codeOf, pack, type Code } from './code';

const file = (path: string, text: string) => {
  const f = new WholeFile([text], path.split('/').at(-1) ?? ''); // jsdom's can't be read
  Object.defineProperty(f, 'webkitRelativePath', { value: `src/${path}` });
  return f as unknown as File;
};

/** gone is a file that was deleted after it had been listed. */
const gone = (path: string) => Object.assign(file(path, ''), { arrayBuffer: () => Promise.reject(new DOMException('', 'NotReadableError')) });

async function chosen(files: File[]): Promise<Code> {
  const code = await codeOf(files);
  if ('problem' in code) throw new Error(code.problem);
  return code;
}

test('a folder that stays behind is not looked into, whatever lies there', async () => {
  const code = await chosen([file('.gitignore', 'secrets/\n'), file('secrets/.gitignore', '!prod.env\n'), file('secrets/prod.env', 'k'), file('a', '')]);
  expect(code.files.map((f) => f.path)).toEqual(['.gitignore', 'a']);
});

test('a folder comes along but for what its ignore files, git and Python leave behind', async () => {
  const code = await chosen([
    file('train.py', 'print()'),
    file('.gitignore', '# logs\n*.log\n!keep.log\n/data/\n'),
    file('.odhignore', '/notes.txt\ntmp/\n.gitignore\n'),
    file('a.log', ''),
    file('keep.log', ''),
    file('data/a', ''),
    file('lib/data/b', ''),
    file('lib/__pycache__/m.pyc', ''),
    file('.git/config', ''),
    file('notes.txt', ''),
    file('lib/notes.txt', ''),
    file('deep/.gitignore', 'y\n'),
    file('deep/er/y', ''),
    file('deep/er/tmp/x', ''),
    file('deep/.odhignore', '!y\n'),
  ]);
  expect(code.folder).toBe('src');
  expect(code.files.map((f) => f.path)).toEqual(['.odhignore', 'deep/.odhignore', 'deep/er/y', 'keep.log', 'lib/data/b', 'lib/notes.txt', 'train.py']);
});

test.each([
  ['nothing left', [file('.git/x', '')], /no file/],
  ['too many files', Array.from({ length: 301 }, (_, i) => file(`f${i}`, '')), /301 files/],
  ['a path that the archive would cut', [file(`${'d/'.repeat(50)}model.py`, '')], /d\/model.py/],
  ['what can no longer be read', [gone('a')], /Choose it again/],
  ['too much', [file('a', 'x'.repeat(2 << 20)), file('b', 'x'.repeat(2 << 20))], /4 MiB/],
])('%s is said', async (_what, files, problem) => {
  expect(await codeOf(files)).toEqual({ problem: expect.stringMatching(problem) as unknown });
});

test('what is sent is a tar file in which scripts can be run', async () => {
  const code = await chosen([file('lib/run.sh', '#!/bin/sh\n'), file('é.txt', 'words')]);
  const packed = await pack(code);
  const bytes = await new Promise<ArrayBuffer>((read) => {
    const reader = new FileReader();
    reader.onload = () => read(reader.result as ArrayBuffer);
    reader.readAsArrayBuffer(packed);
  });
  const entries = await parseTarGzip(bytes);
  expect(entries.map((e) => [e.name, e.text, e.attrs?.mode?.replace(/^0+/, '')])).toEqual([
    ['lib/run.sh', '#!/bin/sh\n', '755'],
    ['é.txt', 'words', '644'],
  ]);
});
