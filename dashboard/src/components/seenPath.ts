import type { SeenJob } from '~/api/job';
import { pathOf } from '~/app/scope';

/** seenPath is where something begins with the very job that was seen: another job in the form, or a template. */
export function seenPath(page: 'create?from' | 'templates?save', { namespace, name, uid }: SeenJob): string {
  return `${pathOf(namespace, page)}=${encodeURIComponent(name)}&uid=${encodeURIComponent(uid)}`;
}
