import { screen } from '@testing-library/react';

import { ProgressText } from '~/components/ProgressText';
import { flaws } from '~/test/axe';
import { job } from '~/test/fixtures';
import { show } from '~/test/render';

import { columns } from '../jobs/columns';
import { TrainingMetrics } from './metrics/TrainingMetrics';
import { ProgressBar } from './ProgressBar';

const soon = () => new Date(Date.now() + 12 * 60_000 + 900).toISOString();
const told = { at: '2026-01-02T10:00:00Z', percent: 40 };

test('the list tells how far a program is below its phase', () => {
  const phase = columns.find((c) => c.key === 'phase');
  const { container } = show(<>{phase?.cell(job({ progress: { ...told, expectedEnd: soon() } }))}</>);
  expect(container).toHaveTextContent(/Running40%, \d+m(\d+s)? left/);
});

test('the list tells how far a job came that failed', () => {
  const phase = columns.find((c) => c.key === 'phase');
  const { container } = show(<>{phase?.cell(job({ phase: 'Failed', finished: '2026-01-02T10:01:00Z', progress: told }))}</>);
  expect(container).toHaveTextContent(/Failed40%/);
});

test('a program that tells numbers only has no line of its own in the list', () => {
  const phase = columns.find((c) => c.key === 'phase');
  const { container } = show(<>{phase?.cell(job({ progress: { at: told.at, metrics: [{ name: 'loss', value: 1 }] } }))}</>);
  expect(container.querySelector('.jobs-more')).toBeNull();
});

test('the page has a bar with a name, and no time left once that has run out', async () => {
  const { container } = show(<ProgressBar progress={{ ...told, expectedEnd: told.at }} />);
  expect(screen.getByRole('progressbar', { name: 'Progress' })).toHaveAttribute('aria-valuenow', '40');
  expect(container).toHaveTextContent('40%, 0s left');
  expect(await flaws(container)).toEqual([]);
});

test('without a percentage there is no bar', () => {
  show(<ProgressBar progress={{ at: told.at, expectedEnd: told.at }} />);
  expect(screen.queryByRole('progressbar')).toBeNull();
  expect(screen.getByText('0s left')).toBeInTheDocument();
});

test('numbers of a program stand by their names, as text', async () => {
  const { container } = show(<TrainingMetrics progress={{ ...told, metrics: [{ name: 'loss', value: 0.3123456 }, { name: '<b>x</b>', value: 1e-9 }] }} />);
  expect(screen.getByText('0.3123')).toBeInTheDocument();
  expect(screen.getByText('1e-9')).toBeInTheDocument();
  expect(screen.getByText('<b>x</b>')).toBeInTheDocument();
  expect(container.querySelector('b')).toBeNull();
  expect(await flaws(container)).toEqual([]);
});

test('who tells nothing gets no text', () => {
  const { container } = show(<ProgressText progress={{ at: told.at }} />);
  expect(container).toHaveTextContent('');
});
