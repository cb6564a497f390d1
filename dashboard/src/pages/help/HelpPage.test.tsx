import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import { flaws } from '~/test/axe';
import { show } from '~/test/render';

import HelpPage from './HelpPage';

const scrolled = vi.fn();

beforeEach(() => {
  scrolled.mockReset();
  Object.defineProperty(Element.prototype, 'scrollIntoView', { configurable: true, value: scrolled });
});

const open = (at: string) =>
  show(
    <main>
      <HelpPage />
    </main>,
    at,
  );

test('it opens at the reason that the address names', async () => {
  const { container } = open('/help#RankOOMKilled');
  const entry = screen.getByRole('region', { name: 'A rank ran out of memory' });
  expect(entry).toHaveFocus();
  expect(scrolled).toHaveBeenCalledOnce();
  expect(entry).toHaveTextContent('What to do.');
  expect(await flaws(container)).toEqual([]);
});

test('another reason is a link away', async () => {
  open('/help#RankOOMKilled');
  await userEvent.click(screen.getByRole('link', { name: 'SSHRejected' }));
  await waitFor(() => expect(screen.getByRole('region', { name: 'ssh can\'t log in to the Workers' })).toHaveFocus());
});

test('a reason it does not know is said to be unknown', () => {
  open('/help#FromTheFuture');
  expect(screen.getByText(/There is no entry for FromTheFuture/)).toBeVisible();
});

test('entries are found by their words', async () => {
  open('/help');
  await userEvent.type(screen.getByRole('textbox', { name: 'Find a reason' }), 'pull secret');
  expect(screen.getAllByRole('region').map((r) => r.id)).toContain('ImagePullFailed');
  expect(document.getElementById('RankOOMKilled')).toBeNull();
  await userEvent.type(screen.getByRole('textbox', { name: 'Find a reason' }), ' nowhere');
  expect(screen.getByText('No entry has these words.')).toBeVisible();
});
