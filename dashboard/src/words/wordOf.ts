/** wordOf is the word for a state, or what the service calls it where it is newer than this page. */
export function wordOf(of: Readonly<Record<string, string>>, state: string): string {
  return (Object.hasOwn(of, state) ? of[state] : undefined) ?? state;
}
