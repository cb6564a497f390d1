import { addresses, entries, type Entry } from '~/app/addresses';

/** An entry of a host's navigation. */
export interface NavigationEntry {
  id: string;
  title: string;
  href: string;
  /** Where it is the entry of what is shown, as react-router writes it. */
  path: string;
}

/** navigation is what a host puts into its own: pages of the project looked at last, below base. */
export function navigation(base: string): NavigationEntry[] {
  return Object.values<Entry>(entries)
    .filter((p) => p.nav)
    .map((p) => ({ id: p.path, title: p.title, href: `${base}/${p.path}`, path: `${base}${addresses(p)[0] ?? ''}/*` }));
}
