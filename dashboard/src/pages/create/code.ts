import ignore from 'ignore';
import { createTarGzip } from 'nanotar';

import { mebibytes } from '~/components/bytes';
import { words } from '~/words/words';

/** What may come along: of all files in bytes, how many, and how long a path may be in the archive. */
const most = { bytes: 3 << 20, files: 300, path: 100 };

/** Which files of a folder stay behind is written in these, as git knows it; the second has the last word. */
const ignoreFiles = ['.gitignore', '.odhignore'] as const;
const always = ['.git/', '__pycache__/'];

/** Code is a folder that comes along with a job: its files by their path below it, as they were when it was chosen. */
export interface Code {
  /** One of its own for each choice: a folder that is chosen again may have changed. */
  id: string;
  folder: string;
  files: { path: string; data: Uint8Array }[];
  bytes: number;
}

const w = words.create.code;

/** codeOf is what of a chosen folder comes along, or why it can't. */
export async function codeOf(chosen: readonly File[]): Promise<Code | { problem: string }> {
  const all = chosen.map((file) => {
    const [folder = '', ...rest] = (file.webkitRelativePath || file.name).split('/');
    return rest.length > 0 ? { folder, path: rest.join('/'), file } : { folder: '', path: folder, file };
  });
  try {
    const stays = await ignored(all);
    const files = all.filter((f) => !stays(f.path)).sort((a, b) => (a.path < b.path ? -1 : 1));
    const bytes = files.reduce((n, f) => n + f.file.size, 0);
    const long = files.find((f) => new TextEncoder().encode(f.path).length > most.path);
    if (files.length === 0) return { problem: w.empty };
    if (files.length > most.files) return { problem: w.many(files.length, most.files) };
    if (bytes > most.bytes) return { problem: w.large(mebibytes(bytes), mebibytes(most.bytes)) };
    if (long) return { problem: w.long(long.path, most.path) };
    const read = await Promise.all(files.map(async ({ path, file }) => ({ path, data: new Uint8Array(await file.arrayBuffer()) })));
    return { id: crypto.randomUUID(), folder: all[0]?.folder ?? '', files: read, bytes };
  } catch {
    return { problem: w.unreadable }; // a file that changed or went, or that one may not read
  }
}

/** ignored says which paths stay behind, by the ignore files of their own folder and of those above it. */
async function ignored(all: readonly { path: string; file: File }[]): Promise<(path: string) => boolean> {
  const rules = new Map<string, ReturnType<typeof ignore>>([['', ignore().add(always)]]);
  for (const name of ignoreFiles) {
    for (const { path, file } of all) {
      if (path !== name && !path.endsWith(`/${name}`)) continue;
      const folder = path.slice(0, -name.length);
      if (!rules.has(folder)) rules.set(folder, ignore());
      rules.get(folder)?.add(await file.text());
    }
  }
  // The folders above something: "" and "a/" and "a/b/" of a/b/c.
  const above = (path: string) => ['', ...[...path.slice(0, -1).matchAll(/\//g)].map((m) => path.slice(0, m.index + 1))];
  const matched = (path: string) => {
    let stays = false;
    for (const folder of above(path)) {
      const { ignored: yes, unignored: no } = rules.get(folder)?.test(path.slice(folder.length)) ?? { ignored: false, unignored: false };
      if (yes || no) stays = yes;
    }
    return stays;
  };
  // A folder that stays behind is not looked into: nothing in it can bring itself back.
  return (path) => [...above(path).slice(1), path].some(matched);
}

/** pack is the folder as the service takes it: a tar file, compressed. A browser doesn't know which files can be run; scripts say so themselves. */
export async function pack(code: Code): Promise<Blob> {
  const entries = code.files.map(({ path, data }) => {
    const script = data[0] === 0x23 && data[1] === 0x21; // #!
    return { name: path, data, attrs: { mode: script ? '755' : '644' } };
  });
  return new Blob([(await createTarGzip(entries)) as BlobPart], { type: 'application/gzip' });
}
