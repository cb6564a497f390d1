import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import { ProblemError, unreachable } from '~/api/problem';
import type { Phase } from '~/api/types';
import { flaws } from '~/test/axe';
import { job } from '~/test/fixtures';
import { phases } from '~/pages/jobs/selection';

import { Elapsed } from './Elapsed';
import { jobPath } from './jobPath';
import { LiveState } from './LiveState';
import { Marked } from './Marked';
import { may } from './may';
import { PhaseLabel } from './PhaseLabel';
import { ProblemView } from './ProblemView';
import { since, span } from './time';
import { useNow } from './useNow';
import { Workers } from './Workers';

test.each(phases)('%s is written and drawn: its colour is not all there is', async (phase: Phase) => {
  const { container } = render(<PhaseLabel phase={phase} />);
  expect(screen.getByText(phase)).toBeVisible();
  expect(container.querySelector('svg')).not.toBeNull();
  expect(await flaws(container)).toEqual([]);
});

test('a phase of a newer service is written and drawn', () => {
  const { container } = render(<PhaseLabel phase={'Hibernating' as Phase} />);
  expect(screen.getByText('Hibernating')).toBeVisible();
  expect(container.querySelector('svg')).not.toBeNull();
  render(<PhaseLabel phase={'constructor' as Phase} />);
  expect(screen.getByText('constructor')).toBeVisible();
});

test('no two phases have the same shape', () => {
  const shapes = phases.map((p) => render(<PhaseLabel phase={p} />).container.querySelector('path')?.getAttribute('d'));
  expect(new Set(shapes).size).toBe(phases.length);
});

test('a problem says what, where and how to mend it, and nothing of it is HTML', async () => {
  const retry = vi.fn();
  const error = new ProblemError({
    type: '', title: 'The job can’t be created', status: 422, code: 'Invalid', detail: '<img src=x onerror=alert(1)> is no image',
    fields: [{ field: 'spec.workers', message: 'must be at least 1' }], suggestions: ['Ask for one Worker.', 'Or type `odh training list`.'],
  });
  const { container } = render(<ProblemView error={error} onRetry={retry} />);
  for (const text of ['The job can’t be created', '<img src=x onerror=alert(1)> is no image', 'spec.workers must be at least 1', 'Ask for one Worker.']) {
    expect(container).toHaveTextContent(text);
  }
  expect(container.querySelector('img')).toBeNull();
  expect(screen.getByText('odh training list').tagName).toBe('CODE');
  await userEvent.click(screen.getByRole('button', { name: /try again/i }));
  expect(retry).toHaveBeenCalledOnce();
  expect(await flaws(container)).toEqual([]);
});

test('that a click was refused is read out, wherever one is', () => {
  const { container } = render(<ProblemView error={unreachable()} click />);
  expect(container.querySelector('[aria-live="polite"]')).toHaveTextContent(/does not answer/);
});

test('no answer and no right have titles of their own', () => {
  render(<ProblemView error={unreachable()} />);
  expect(screen.getByRole('heading', { name: /The training service does not answer/ })).toBeVisible();
  render(<ProblemView error={new ProblemError({ type: '', title: 'Forbidden', status: 403, code: 'Forbidden', detail: 'ann may not list jobs in team-b' })} />);
  expect(screen.getByRole('heading', { name: /You may not see this/ })).toBeVisible();
  expect(screen.getByText('ann may not list jobs in team-b')).toBeVisible();
});

test('the stream is only spoken of when something is wrong', () => {
  const { container, rerender } = render(<LiveState live={{ connected: true }} />);
  expect(container).toBeEmptyDOMElement();
  rerender(<LiveState live={{ connected: false }} />);
  expect(screen.getByText(/Connection lost/)).toBeVisible();
  rerender(<LiveState live={{ connected: true, problem: unreachable() }} />);
  expect(screen.getByText(/no longer shown.*does not answer/)).toBeVisible();
});

test('Workers are read out as a sentence', () => {
  render(<Workers job={{ phase: 'Running', workers: { ready: 7, total: 8 } }} />);
  expect(screen.getByText('7/8')).toHaveAccessibleName('7 of 8 Workers ready');
});

test.each([
  ['Succeeded', { ready: 8, total: 8 }, '8'],
  ['Failed', { ready: 0, total: 8 }, '8'],
  ['Failed', { ready: 0, total: 8, failed: 2 }, '8, 2 failed'],
  ['Pending', { ready: 0, total: 0 }, '–'],
] as const)('Workers of a job that is %s', (phase, workers, want) => {
  const { container } = render(<Workers job={{ phase, workers }} />);
  expect(container).toHaveTextContent(want);
});

test('a duration stops with its job', () => {
  const { container } = render(<Elapsed job={job({ finished: '2026-11-29T06:02:00Z', durationSeconds: 61.4 })} />);
  expect(container).toHaveTextContent('1m1s');
});

test('an age goes on, and is drawn again only when it reads otherwise', () => {
  vi.useFakeTimers({ now: Date.parse('2026-01-02T12:00:00Z') });
  const drawn = vi.fn();
  function Counted() {
    const text = useNow((now) => span(since('2026-01-02T10:00:00Z', now)));
    drawn(text);
    return <>{text}</>;
  }
  const { container } = render(<Counted />);
  act(() => {
    vi.advanceTimersByTime(60_000);
  });
  expect(container).toHaveTextContent('2h1m');
  expect(drawn.mock.calls.length).toBeLessThan(6);
  vi.useRealTimers();
});

test('the address of a job holds its type where another may have the same name', () => {
  expect(jobPath(job({ name: 'a.b' }))).toBe('/projects/team-a/jobs/a.b');
  expect(jobPath(job({ type: 'TrainJob' }))).toBe('/projects/team-a/jobs/pi?type=TrainJob');
});

test.each([
  [{ phase: 'Running' }, ['suspend', 'clone', 'template', 'delete']],
  [{ phase: 'Suspended' }, ['resume', 'clone', 'template', 'delete']],
  [{ phase: 'Failed' }, ['retry', 'clone', 'template', 'delete']],
  [{ phase: 'Terminating' }, ['clone', 'template']],
  [{ phase: 'Running', type: 'TrainJob' }, ['suspend', 'delete']],
  [{ phase: 'Running', type: 'PyTorchJob' }, []],
] as const)('%o may be what makes sense for it', (change, actions) => {
  const of = job(change);
  expect(Object.entries(may).filter(([, can]) => can(of)).map(([name]) => name)).toEqual(actions);
});

test('what stands between backticks is code, and nothing is lost', () => {
  const { container } = render(<Marked text="More memory (`--memory-per-worker`), `x` & <b>, one ` alone" />);
  expect(container.innerHTML).toBe('More memory (<code>--memory-per-worker</code>), <code>x</code> &amp; &lt;b&gt;, one ` alone');
});
