import { render, screen } from '@testing-library/react';

import type { Verdict } from '~/api/types';

import { VerdictView } from './VerdictView';

const fits: Verdict = { name: 'bert', namespace: 'team-a', outcome: 'Fits', message: 'It would start now', workers: 2, checks: [] };

test('what a job would cost is said where there are prices, and nothing where there are none', () => {
  const text = 'about 12.40 EUR an hour, at most 297.60 EUR by its time limit of 24h';
  const { rerender } = render(<VerdictView error={null} verdict={{ ...fits, cost: { currency: 'EUR', perHour: '12.40', atMost: '297.60', text } }} />);
  expect(screen.getByText(`Cost: ${text}.`)).toBeInTheDocument();
  rerender(<VerdictView error={null} verdict={fits} />);
  expect(screen.queryByText(/Cost/)).toBeNull();
});

test('prices that can’t be used are said to be so', () => {
  render(<VerdictView error={null} verdict={{ ...fits, notes: ['the administrator’s prices can’t be used: line 2'] }} />);
  expect(screen.getByText(/prices can’t be used: line 2/)).toBeInTheDocument();
});

test.each([
  ['a job that fits', { ...fits, largestWorkers: 1 }],
  ['one that would fit larger', { ...fits, outcome: 'Waits' as const, largestWorkers: 8 }],
  ['one of which not even one Worker fits', { ...fits, outcome: 'Refused' as const, largestWorkers: 0 }],
])('%s is not offered another size', (_of, verdict) => {
  render(<VerdictView error={null} verdict={verdict} onWorkers={() => undefined} />);
  expect(screen.queryByRole('button')).toBeNull();
});
