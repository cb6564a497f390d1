import type { Changes } from '~/api/types';

/** withChanges is what an address brings along where a job begins as another one with changes: they may be longer than an address is. */
export const withChanges = (changes: Changes) => ({ changes });

/** changesIn are those of what came along with an address; undefined where nothing did, or nothing is changed. */
export function changesIn(state: unknown): Changes | undefined {
  if (typeof state !== 'object' || state === null || !('changes' in state)) return undefined;
  const { changes } = state as ReturnType<typeof withChanges>;
  return Object.keys(changes).length > 0 ? changes : undefined;
}
