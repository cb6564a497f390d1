/** What stands before /api in every address of the service: nothing on the service's own pages, a path where another page's server passes it on. */
export let base = '';

export function setBase(path: string) {
  base = path;
}
