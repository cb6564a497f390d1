/** The words of the help page; its entries are those of docs/troubleshooting.md. */
export const help = {
  intro: 'Why a training job fails or waits, and what to change. A job names its reason; its page leads here.',
  find: 'Find a reason',
  none: 'No entry has these words.',
  entries: 'Reasons',
  reason: 'Reason',
  see: 'What you see.',
  why: 'Why.',
  mend: 'What to do.',
  then: 'What becomes of the job:',
  unknown: (reason: string) => `There is no entry for ${reason}. The program may be newer than this page.`,
} as const;
