/** scoped has a style sheet hold below the element that src/module/mount.tsx puts pages in, with no more weight than before. */
export function scoped(css: string): string {
  return `:where(.training-jobs) {\n${css}}\n`;
}
