/** kept is what this browser keeps from an earlier visit; none where it may keep nothing. No secret is ever kept. */
export function kept(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

/** keep holds for the visits to come, or, where storage is forbidden, for none. */
export function keep(key: string, value: string) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // The next visit starts without it.
  }
}
