import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter, useLocation } from 'react-router-dom';

import { problemOf, ProblemError, unreachable } from '~/api/problem';
import { flaws } from '~/test/axe';
import { words } from '~/words/words';

import { ClickProblem } from './ClickProblem';

const kinds = Object.keys(words.clicks.texts) as (keyof typeof words.clicks.texts)[];

function Where() {
  return <output>{useLocation().pathname}</output>;
}

const show = (of: React.ReactElement) =>
  render(
    <MemoryRouter future={{ v7_startTransition: true, v7_relativeSplatPath: true }}>
      {of}
      <Where />
    </MemoryRouter>,
  );

test.each(kinds)('%s without an answer says that it may be done or not, and is tried again by a click', async (click) => {
  const again = vi.fn();
  const { container } = show(<ClickProblem error={unreachable()} click={click} onRetry={again} project="team-a" />);
  expect(screen.getByRole('heading', { name: /it may be done, or not/ })).toBeVisible();
  expect(screen.getByText(words.clicks.texts[click])).toBeVisible();
  expect(container).not.toHaveTextContent('by itself'); // which is true of questions alone
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(again).toHaveBeenCalledOnce();
  await userEvent.click(screen.getByRole('button', { name: 'To the list of jobs' }));
  expect(screen.getByText('/projects/team-a/jobs')).toBeInTheDocument();
  expect(await flaws(container)).toEqual([]);
});

test.each([502, 503, 504])('a gateway that answers with %d for a service that doesn’t is no answer', async (status) => {
  const error = await problemOf(new Response('<html>', { status, headers: { 'Content-Type': 'text/html' } }));
  show(<ClickProblem error={error} click="delete" />);
  expect(screen.getByRole('heading', { name: /it may be done, or not/ })).toBeVisible();
});

test('what the service refuses is not done, and says why', () => {
  show(<ClickProblem error={new ProblemError({ type: '', title: 'Busy', status: 503, code: 'Busy', detail: 'The service is busy.' })} click="retry" onRetry={vi.fn()} />);
  expect(screen.getByText('The service is busy.')).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
});

test.each([
  ['QuotaExceeded', 'Quota exceeded'],
  ['Forbidden', 'Not allowed'],
])('that a click is refused for %s is not told as something that one may not see', (code, title) => {
  show(<ClickProblem error={new ProblemError({ type: '', title, status: 403, code, detail: 'why' })} click="create" />);
  expect(screen.getByRole('heading', { name: new RegExp(title) })).toBeVisible();
  expect(screen.queryByText(/may not see/)).toBeNull();
});
