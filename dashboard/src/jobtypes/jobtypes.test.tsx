import { screen, within } from '@testing-library/react';

import { logFileURL } from '~/api/logs';
import { outputAddress } from '~/api/outputs';
import { shellPath } from '~/api/shell';
import type { JobType } from '~/api/types';
import { jobPath, typeIn } from '~/components/jobPath';
import { may } from '~/components/may';
import { FailureCard } from '~/pages/job/FailureCard';
import { JobFacts } from '~/pages/job/JobFacts';
import { JobRow } from '~/pages/jobs/JobRow';
import { columns } from '~/pages/jobs/columns';
import { LogsTab } from '~/pages/job/logs/LogsTab';
import { Topology } from '~/pages/job/Topology';
import { flaws } from '~/test/axe';
import { failed, job, trained } from '~/test/fixtures';
import { show } from '~/test/render';
import { answers } from '~/test/service';

import { jobTypes, typeOf, typesThat } from '.';

test('what is asked of a job says its type, where it is no MPIJob', () => {
  const tune = { namespace: 'team-a', name: 'tune', type: 'TrainJob' } as const;
  expect(logFileURL(tune, 'all')).toBe('/api/v1/namespaces/team-a/trainingjobs/tune/logs/content?type=TrainJob&launcher=true&allWorkers=true');
  expect(shellPath(tune, 1, '')).toContain('/tune/exec?type=TrainJob&command=');
  expect(outputAddress(tune, 'a')).toContain('?type=TrainJob&path=a');
  const pi = { ...tune, type: 'MPIJob' } as const;
  for (const at of [logFileURL(pi, 1), shellPath(pi, 1, ''), outputAddress(pi, 'a'), outputAddress(pi)]) expect(at).not.toContain('type=');
});

test('each type of job can what it can, and no more', () => {
  expect(typesThat('template')).toEqual(['MPIJob']);
  expect(typesThat('delete')).toEqual(['MPIJob', 'TrainJob']);
  expect(jobTypes.filter((type) => typeOf({ type }).tabs.includes('outputs'))).toEqual(['MPIJob']);
  expect(may.suspend({ type: 'TrainJob', phase: 'Running' })).toBe(true);
  expect(may.retry({ type: 'TrainJob', phase: 'Failed' })).toBe(false);
  expect(may.delete({ type: 'TFJob', phase: 'Failed' })).toBe(false);
});

test('a TrainJob is shown by its nodes, and has no Launcher', async () => {
  const { container } = show(<Topology job={trained()} onLog={() => undefined} />);
  expect(within(screen.getByRole('region', { name: 'gpu-1' })).getAllByRole('listitem').map((i) => i.textContent)).toEqual(['Node 0 Running ', 'Node 1 Running ']);
  expect(screen.getByRole('region', { name: 'cpu-1' })).toHaveTextContent('Dataset initializer 0');
  expect(container).not.toHaveTextContent(/Launcher|Worker/);
  expect(await flaws(container)).toEqual([]);
});

test('its facts and its logs are called as its parts are', () => {
  show(
    <>
      <JobFacts job={trained({ resourcesPerWorker: { cpu: '2' } })} />
      <LogsTab job={trained()} />
    </>,
  );
  expect(screen.getByText('Processes per node')).toBeVisible();
  expect(screen.getByText('CPU per node')).toBeVisible();
  expect([...screen.getByLabelText('Log of').querySelectorAll('option')].map((o) => o.textContent)).toEqual(['All of them', 'Node 0', 'Node 1', 'Dataset initializer 0']);
});

test('of one that failed the log of the node that failed is offered, and neither a retry nor help that isn’t there', async () => {
  answers({ 'GET /api/v1/me': { user: 'ann', namespace: 'team-a', rights: { create: true, logs: true } } });
  const onLog = vi.fn();
  const broken = trained({ phase: 'Failed', reason: 'JobFailed', message: 'jobset failed', workerPods: [{ where: 'Node 0', index: 0, phase: 'Succeeded' }, { where: 'Node 1', index: 1, phase: 'Failed', pod: 'tune-node-0-1' }] });
  show(<FailureCard job={broken} onLog={onLog} />);
  (await screen.findByRole('button', { name: 'Log of Node 1' })).click();
  expect(onLog).toHaveBeenCalledWith(1);
  expect(screen.queryByText('Retry')).toBeNull();
  expect(screen.queryByText('More about it')).toBeNull();
});

test('an MPIJob has all of it', () => {
  show(<Topology job={failed()} onLog={() => undefined} />);
  expect(screen.getByRole('region', { name: 'cpu-1' })).toHaveTextContent('Launcher');
  expect(typeOf(job()).tabs).toHaveLength(7);
});

// `constructor` is what every object has.
test.each(['RayJob', 'constructor'])('a %s, which only a newer service knows, is there to look at', (name) => {
  const type = name as JobType;
  const ray = trained({ type, workerPods: [{ where: 'Head 0', index: 0, phase: 'Running', node: 'gpu-1' }], resourcesPerWorker: { cpu: '2' } });
  expect(typeOf(ray).tabs).toEqual(['overview', 'logs', 'metrics', 'events', 'yaml']);
  for (const phase of ['Running', 'Suspended', 'Failed'] as const) for (const can of Object.values(may)) expect(can({ type, phase })).toBe(false);
  expect(typeIn(new URL(jobPath(ray), 'https://x').searchParams)).toBe(name);
  show(
    <>
      <table>
        <tbody>
          <JobRow job={ray} columns={columns} selected={false} mayChange mayCreate onSelect={() => undefined} onAct={() => undefined} />
        </tbody>
      </table>
      <JobFacts job={ray} />
      <Topology job={ray} onLog={() => undefined} />
      <LogsTab job={ray} />
    </>,
  );
  expect(screen.getByRole('link', { name: 'tune' })).toHaveAttribute('href', `/projects/team-a/jobs/tune?type=${name}`);
  expect(screen.getAllByText(name)).toHaveLength(2);
  expect(screen.getByText('Head 0', { selector: 'option' })).toBeInTheDocument();
});
