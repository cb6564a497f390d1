import type { ITheme } from '@xterm/xterm';

/** colours are those of the page's theme; the sixteen that programs choose from are xterm's own. */
export function colours(): ITheme {
  const of = getComputedStyle(document.documentElement);
  const token = (name: string) => of.getPropertyValue(`--pf-t--global--${name}`).trim();
  const text = token('text--color--regular');
  return {
    background: token('background--color--secondary--default'),
    foreground: text,
    cursor: text,
    cursorAccent: token('background--color--secondary--default'),
    selectionBackground: token('background--color--highlight--default'),
    selectionForeground: token('text--color--on-highlight') || text,
  };
}
