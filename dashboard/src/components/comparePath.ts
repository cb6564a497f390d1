import { pathOf } from '~/app/scope';

/** comparePath is where jobs of a project are side by side. */
export function comparePath(namespace: string, names: readonly string[]): string {
  return `${pathOf(namespace, 'compare')}?${new URLSearchParams(names.map((n) => ['job', n])).toString()}`;
}
