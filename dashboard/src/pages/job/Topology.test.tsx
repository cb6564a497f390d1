import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import { failed, podless } from '~/test/fixtures';
import { show } from '~/test/render';

import { rankText, Topology } from './Topology';

test('Workers are told by node, and open on a click', async () => {
  const onLog = vi.fn();
  show(<Topology job={failed()} onLog={onLog} />);
  expect(screen.getByRole('region', { name: 'gpu-1' })).toHaveTextContent('Worker 3');
  expect(screen.getByRole('region', { name: 'cpu-1' })).toHaveTextContent('Launcher');
  const tile = screen.getByRole('button', { name: /Worker 1/ });
  await userEvent.click(tile);
  expect(tile).toHaveAttribute('aria-expanded', 'true');
  await userEvent.click(screen.getByRole('button', { name: 'Log of Worker 1' }));
  expect(onLog).toHaveBeenCalledWith(1);
});

test('of a Worker whose log went with its pod that is said, and where what it printed is', async () => {
  const onLog = vi.fn();
  show(<Topology job={podless(failed())} onLog={onLog} />);
  await userEvent.click(screen.getByRole('button', { name: /Worker 1/ }));
  expect(screen.getByText('Gone with its pod')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Log of Launcher' }));
  expect(onLog).toHaveBeenCalledWith(-1);
});

test.each([
  [[], ''],
  [[5], '5'],
  [[0, 1, 2, 3, 8], '0-3, 8'],
  [[3, 1, 2], '1-3'],
])('ranks %j are %s', (ranks, want) => expect(rankText(ranks)).toBe(want));
