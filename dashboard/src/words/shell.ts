/** What the shell of a job's page says. */
export const shell = {
  where: 'Where the shell runs',
  open: 'Open a shell',
  another: 'Open another',
  again: 'Open it again',
  spoken: 'Screen reader',
  terminal: 'Terminal',
  input: 'Terminal: what you type goes to the shell. Escape, then Tab leads out of it.',
  help: 'The shell runs as the program does, beside it: what you start there takes of its CPU and memory. With the keyboard, Escape and then Tab leads out of the terminal.',
  opening: (where: string) => `Opening a shell in ${where}`,
  openIn: (where: string) => `A shell in ${where}. Escape, then Tab leads out of the terminal.`,
  exited: (where: string, code: number) => `The shell in ${where} ended with code ${code}`,
  lost: (where: string) => `The connection to the shell in ${where} was lost`,
  noneTitle: 'No shell can be opened',
  forbidden: (project: string) => `You may not run commands in the pods of ${project}: ask its administrator for the right to create pods/exec.`,
} as const;
