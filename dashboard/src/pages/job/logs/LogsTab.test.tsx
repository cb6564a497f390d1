import { act, fireEvent, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import { failed, podless, problem } from '~/test/fixtures';
import { flaws } from '~/test/axe';
import { show } from '~/test/render';
import { FakeStream } from '~/test/streams';

import { LogsTab } from './LogsTab';

const at = '/projects/team-a/jobs/pi?tab=logs';

beforeEach(() => {
  FakeStream.all = [];
});

test('the download is all of the log that is looked at, as text', async () => {
  show(<LogsTab job={failed()} />, at);
  const download = screen.getByRole('link', { name: 'Download' });
  expect(download).toHaveAttribute('href', '/api/v1/namespaces/team-a/trainingjobs/pi/logs/content?launcher=true&allWorkers=true');
  expect(download).toHaveAttribute('download', 'pi.log');
  await userEvent.selectOptions(screen.getByLabelText('Log of'), 'Worker 2');
  expect(screen.getByRole('link', { name: 'Download' })).toHaveAttribute('href', '/api/v1/namespaces/team-a/trainingjobs/pi/logs/content?worker=2');
});

test('of a Worker whose log is gone the Launcher has what its ranks printed', async () => {
  const { container } = show(<LogsTab job={failed()} />, `${at}&worker=1`);
  expect(FakeStream.current.url).toContain('worker=1');
  act(() => {
    FakeStream.current.open();
    FakeStream.current.send('end', problem(404, 'LogGone', 'the log of Worker 1 is gone with its pod'));
  });
  expect(await screen.findByText('the log of Worker 1 is gone with its pod')).toBeVisible();
  expect(await flaws(container)).toEqual([]);
  await userEvent.click(screen.getByRole('button', { name: /Launcher's log has what all ranks printed/ }));
  expect(FakeStream.current.url).toContain('launcher=true');
  expect(screen.queryByRole('button', { name: /Launcher's log/ })).toBeNull();
});

test('of a job that is over nothing is followed, and it is said whose log is gone', () => {
  show(<LogsTab job={podless(failed(), [-1, 2])} />, at);
  expect(screen.queryByRole('switch', { name: 'Follow' })).toBeNull();
  expect([...screen.getByLabelText('Log of').querySelectorAll('option')].map((o) => o.textContent)).toEqual([
    'Launcher and all Workers',
    'Launcher',
    'Worker 0, gone with its pod',
    'Worker 1, gone with its pod',
    'Worker 2',
    'Worker 3, gone with its pod',
  ]);
});

test('a reader who scrolls up leaves the end; the oldest lines that go do not', async () => {
  show(<LogsTab job={failed({ phase: 'Running' })} />, at);
  const box = screen.getByRole('log');
  const scroll = (scrollTop: number, scrollHeight: number) => {
    for (const [key, value] of Object.entries({ scrollTop, scrollHeight, clientHeight: 500 })) Object.defineProperty(box, key, { value, configurable: true, writable: true });
    fireEvent.scroll(box);
  };
  const follow = screen.getByRole('switch', { name: 'Follow' });
  scroll(9_500, 10_000);
  scroll(8_000, 9_000); // a tenth of the lines has gone, and some came since
  expect(follow).toBeChecked();
  scroll(8_500, 9_000);
  scroll(8_400, 9_100);
  expect(follow).not.toBeChecked();
  await userEvent.click(follow);
  expect(follow).toBeChecked();
});
