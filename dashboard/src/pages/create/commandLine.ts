import { parseArgsStringToArgv } from 'string-argv';

const plain = /^[\w@%+=:,./-]+$/;

/** commandLine is a command as one types it; undefined for one that can't be typed in one line of words and quotes. */
export function commandLine(command: readonly string[]): string | undefined {
  const line = command.map((word) => (plain.test(word) ? word : word.includes('"') ? `'${word}'` : `"${word}"`)).join(' ');
  const read = parseArgsStringToArgv(line);
  return read.length === command.length && read.every((word, i) => word === command[i]) ? line : undefined;
}

/** unclosed says whether a quote of a line isn't closed: where its words end can't be known. */
export function unclosed(line: string): boolean {
  let open: string | undefined;
  for (const c of line) {
    if (c === open) open = undefined;
    else if (open === undefined && (c === '"' || c === "'")) open = c;
  }
  return open !== undefined;
}
