import { act, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';

import type { ShellEnd } from '~/api/shell';
import type { Detail, Member } from '~/api/types';
import { UserContext } from '~/api/user';
import { flaws } from '~/test/axe';
import { failed, job } from '~/test/fixtures';
import { show } from '~/test/render';

import { ShellTab } from './ShellTab';
import { whyNot } from './targets';

let last: { path: string; onOpen: () => void; onEnd: (e: ShellEnd) => void };
vi.mock('./Terminal', () => ({
  default: (p: typeof last) => {
    last = p;
    return <div>terminal</div>;
  },
}));

const pods = (phases: readonly Member['phase'][]): Detail => ({ ...job(), ...{ launcherPod: { where: 'Launcher', index: -1, phase: 'Running' }, workerPods: phases.map((phase, index) => ({ where: `Worker ${index}`, index, phase })) } });

test('a shell is opened in a Worker that runs, and its end and the way back are told', async () => {
  const { container } = show(
    <UserContext value="ann">
      <ShellTab job={pods(['Pending', 'Running'])} refused={undefined} />
    </UserContext>,
  );
  expect([...screen.getByLabelText('Where the shell runs').querySelectorAll('option')].map((o) => o.textContent)).toEqual(['Worker 1', 'Launcher']);
  expect(screen.getByText(/Escape and then Tab leads out/)).toBeVisible();
  expect(await flaws(container)).toEqual([]);
  await userEvent.click(screen.getByRole('button', { name: 'Open a shell' }));
  expect(await screen.findByText('terminal')).toBeVisible();
  expect(last.path).toContain('worker=1&callerIs=ann');
  expect(screen.getByRole('status')).toHaveTextContent('Opening a shell in Worker 1');
  act(() => last.onOpen());
  expect(screen.getByRole('status')).toHaveTextContent('A shell in Worker 1.');
  act(() => last.onEnd({ code: 3 }));
  expect(screen.getByRole('status')).toHaveTextContent('The shell in Worker 1 ended with code 3');
  await userEvent.click(screen.getByRole('button', { name: 'Open it again' }));
  expect(screen.getByRole('status')).toHaveTextContent('Opening a shell in Worker 1');
  act(() => last.onEnd(undefined));
  expect(screen.getByRole('status')).toHaveTextContent('was lost');
  act(() => last.onEnd({ problem: 'ann may not' }));
  expect(screen.getByRole('status')).toHaveTextContent('ann may not');
});

test('what a shell wrote stays when its job has ended', async () => {
  let end: () => void = () => undefined;
  function Ending() {
    const [over, setOver] = useState(false);
    end = () => setOver(true);
    return <ShellTab job={pods([over ? 'Succeeded' : 'Running'])} refused={over ? 'over' : undefined} />;
  }
  show(<Ending />);
  await userEvent.click(screen.getByRole('button', { name: 'Open a shell' }));
  expect(await screen.findByText('terminal')).toBeVisible();
  act(end);
  expect(screen.getByText('terminal')).toBeVisible();
  expect(screen.getByRole('button', { name: 'Open another' })).toBeDisabled();
});

test('where none can be opened, the reason stands in its place', () => {
  show(<ShellTab job={failed()} refused="because" />);
  expect(screen.getByText('because')).toBeVisible();
});

const nodes = (phases: readonly Member['phase'][]): Detail => ({ ...job({ type: 'TrainJob' }), workerPods: phases.map((phase, index) => ({ where: `Node ${index}`, index, phase })) });

test.each([
  ['who may not', pods(['Running']), false, /may not run commands in the pods of team-a/],
  ['a TrainJob’s pods', nodes(['Running', 'Pending']), true, undefined],
  ['none of a TrainJob’s pods runs', nodes(['Pending']), true, /None of the job’s pods/],
  ['nothing that runs', failed(), true, /Neither the Launcher nor a Worker is running/],
  ['all as it should be', pods(['Running']), true, undefined],
  ['not yet known who may', pods(['Running']), undefined, undefined],
])('%s', (_name, of, may, want) => {
  const got = whyNot(of, may);
  if (want) expect(got).toMatch(want);
  else expect(got).toBeUndefined();
});
