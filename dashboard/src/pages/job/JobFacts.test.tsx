import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import type { Detail } from '~/api/types';
import { failed } from '~/test/fixtures';

import { JobFacts } from './JobFacts';

const running: Detail = failed({ phase: 'Running' });
delete running.finished;
const fact = (term: string) => screen.queryByText(term)?.closest('.pf-v6-c-description-list__group');

test.each([
  ['default', { timeLimitSeconds: 86_400, timeLimitIsDefault: true }, '24h, the default', '24h is the default of jobs made from flags or a form.'],
  ['project’s', { timeLimitSeconds: 14_400, timeLimitIsNamespaces: true, namespace: 'team' }, '4h, the project’s', '4h is what the administrator of team gives jobs that ask for none.'],
] as const)('the %s limit says that it is, and at its name how to have another', async (_whose, of, short, long) => {
  render(<JobFacts job={{ ...running, ...of }} />);
  expect(fact('Time limit')?.querySelector('dd')?.textContent).toBe(short);
  await userEvent.click(screen.getByRole('button', { name: 'Time limit' }));
  expect(await screen.findByRole('dialog', { name: 'Time limit' })).toHaveTextContent(`${long} Another is asked for`);
});

test.each([
  ['another', { timeLimitSeconds: 172_800 }, '48h'],
  ['of a job of another type', { timeLimitSeconds: 86_400, type: 'TrainJob' }, '24h'],
] as const)('a limit %s is said alone', (_what, of, want) => {
  render(<JobFacts job={{ ...running, ...of }} />);
  expect(fact('Time limit')?.querySelector('dd')).toHaveTextContent(new RegExp(`^${want}$`));
});

test('what it has cost is said where there are prices', () => {
  const cost = { currency: 'EUR', perHour: '10.00', soFar: '15.00', unpriced: ['amd.com/gpu'], text: 'about 15.00 EUR, at 10.00 EUR an hour by its manifest, without a price for amd.com/gpu' };
  const { unmount } = render(<JobFacts job={{ ...running, cost }} />);
  expect(fact('Cost so far')).toHaveTextContent(cost.text);
  unmount();
  render(<JobFacts job={running} />);
  expect(fact('Cost so far')).toBeUndefined();
});
