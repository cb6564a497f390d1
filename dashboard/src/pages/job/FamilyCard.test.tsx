import { screen, within } from '@testing-library/react';

import type { Detail } from '~/api/types';
import { flaws } from '~/test/axe';
import { failed } from '~/test/fixtures';
import { show } from '~/test/render';

import { FamilyCard } from './FamilyCard';

type Relative = NonNullable<Detail['family']>[number];
const relative = (name: string, phase: Relative['phase'] = 'Succeeded', clonedFrom?: string): Relative => ({ name, phase, created: '2026-01-02T10:00:00Z', ...(clonedFrom && { clonedFrom }) });
const compared = (href: string | null) => new URL(href ?? '', 'http://x').searchParams.getAll('job');

test('each relative has its phase and what it is a copy of, and is a link away; the job itself is not', async () => {
  const { container } = show(<FamilyCard job={failed({ family: [relative('first'), relative('pi', 'Failed', 'first')] })} />);
  const [, first, own] = within(screen.getByRole('grid', { name: 'Copies and retries' })).getAllByRole('row');
  expect(within(first ?? container).getByRole('link', { name: 'first' })).toHaveAttribute('href', '/projects/team-a/jobs/first');
  expect(first).toHaveTextContent('Succeeded');
  expect(own).toHaveTextContent(/Failed.*first/);
  expect(within(own ?? container).queryByRole('link')).toBeNull();
  expect(await flaws(container)).toEqual([]);
});

test('each is compared with the job, and of three and more all with one another', () => {
  const { unmount } = show(<FamilyCard job={failed({ family: [relative('first'), relative('pi', 'Failed', 'first')] })} />);
  expect(compared(screen.getByRole('link', { name: 'Compare with first' }).getAttribute('href'))).toEqual(['first', 'pi']);
  expect(screen.queryByRole('link', { name: 'Compare them all' })).toBeNull();
  unmount();
  show(<FamilyCard job={failed({ family: [relative('first'), relative('pi'), relative('last')] })} />);
  expect(compared(screen.getByRole('link', { name: 'Compare them all' }).getAttribute('href'))).toEqual(['first', 'pi', 'last']);
});

test.each([
  [10, 10],
  [25, 10],
])('of %i at most as many as can be compared are, the job and the newest', (n, want) => {
  const family = [relative('pi'), ...Array.from({ length: n - 1 }, (_, i) => relative(`pi-${i + 2}`, 'Failed', 'pi'))];
  show(<FamilyCard job={failed({ family })} />);
  const names = compared(screen.getByRole('link', { name: 'Compare them all' }).getAttribute('href'));
  expect(names).toHaveLength(want);
  expect(names).toContain('pi');
  expect(names.at(-1)).toBe(`pi-${n}`);
});
