/** What is said where it is not the service that says what is wrong. */
export const problems = {
  noAnswer: 'No answer',
  unreachable: 'The training service does not answer.',
  unreachableHelp: 'Check the network; this page goes on by itself when the service is back.',
  mistake: 'This page made a mistake',
  notTheService: 'No answer of the service',
  between: (status: number) => `Something between this page and the training service answered with ${status}.`,
  noRight: 'You may not see this',
  noLonger: 'You may no longer see this',
  noService: 'The training service does not answer',
  fields: 'What is wrong',
} as const;
