/** Entry is why jobs fail or wait, as docs/troubleshooting.md has it. */
export interface Entry {
  reason: string;
  title: string;
  /** What becomes of the job. */
  then: string;
  see?: string;
  why?: string;
  mend?: string;
}

// eslint-disable-next-line no-restricted-syntax -- what that document has, and the page doesn't show
const parts = { see: 'What you see', why: 'Why', mend: 'What to do' } as const;

/** entriesOf reads the entries of docs/troubleshooting.md, whose form docs/gen makes. */
export function entriesOf(markdown: string): Entry[] {
  const thens = new Map<string, string>();
  for (const [, reason = '', then = ''] of markdown.matchAll(/^\| \[(\w+)\]\(#\w+\) \|[^|]*\| (.*) \|$/gm)) thens.set(reason, then);
  return markdown
    .split(/^## /m)
    .slice(1)
    .flatMap((section): Entry[] => {
      const reason = /^\*\*Reason\*\* `(\w+)`$/m.exec(section)?.[1];
      if (reason === undefined) return [];
      const entry: Entry = { reason, title: section.slice(0, section.indexOf('\n')).trim(), then: thens.get(reason) ?? '' };
      for (const [key, head] of Object.entries(parts)) {
        const text = new RegExp(`^\\*\\*${head}\\.\\*\\* (.*)$`, 'm').exec(section)?.[1];
        if (text !== undefined) Object.assign(entry, { [key]: text });
      }
      return [entry];
    });
}

/** find are the entries that have all words of a text. */
export function find(entries: readonly Entry[], text: string): Entry[] {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  return entries.filter((e) => {
    const all = Object.values(e).join(' ').toLowerCase();
    return wanted.every((w) => all.includes(w));
  });
}

/** named is the entry that an address names, by its reason or as the docs' anchors are written. */
export function named(entries: readonly Entry[], hash: string): Entry | undefined {
  const name = hash.replace(/^#/, '').toLowerCase();
  return entries.find((e) => e.reason.toLowerCase() === name);
}
