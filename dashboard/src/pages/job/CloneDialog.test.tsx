import { fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useLocation } from 'react-router-dom';

import type { Spec } from '~/api/types';
import { flaws } from '~/test/axe';
import { failed, job, problem } from '~/test/fixtures';
import { show } from '~/test/render';
import { answers, never, refusal } from '~/test/service';

import { CloneDialog } from './CloneDialog';

const jobs = '/api/v1/namespaces/team-a/trainingjobs';
/** The very job of the page, and none that has its name by now. */
const clone = `POST ${jobs}/pi/clone?uid=uid-pi`;
const manifest = { apiVersion: 'kubeflow.org/v2beta1', kind: 'MPIJob', metadata: { name: 'pi' }, spec: {} };
const simple: Spec = { name: 'pi', image: 'train:1', command: ['python', 'train.py'], args: ['--lr', '0.1'], workers: 4, env: [{ name: 'SEED', value: '1' }] };

function open(spec?: Spec) {
  const sent = answers({
    [`GET ${jobs}/pi/manifest?uid=uid-pi`]: () => new Response(JSON.stringify(manifest), { headers: { 'Content-Type': 'application/yaml' } }),
    [`POST ${jobs}?dryRun=client`]: { job: job(), manifest: {}, ...(spec && { spec }) },
    [clone]: () => Response.json({ job: job({ name: 'pi-2' }), from: 'pi', differences: [] }, { status: 201 }),
  });
  const onDone = vi.fn();
  show(<CloneDialog job={failed({ timeLimitSeconds: 3600 })} onClose={vi.fn()} onDone={onDone} />);
  return { onDone, changes: () => sent.filter((s) => `POST ${s.path}` === clone).map((s) => s.body) };
}

const command = () => screen.getByLabelText(/^Command/);

test('a copy can run another command, with other variables', async () => {
  const { onDone, changes } = open(simple);
  await waitFor(() => expect(command()).toHaveValue('python train.py --lr 0.1'));
  await userEvent.clear(command());
  expect(screen.getByRole('button', { name: 'Create the copy' })).toBeDisabled();
  await userEvent.type(command(), 'python train.py --lr 0.01');
  expect(screen.getByText('was python train.py --lr 0.1')).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Add a variable' }));
  await userEvent.type(screen.getByLabelText('Environment, row 1: Value'), '2');
  expect(screen.getByText('Each variable needs a name.')).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Create the copy' })).toBeDisabled();
  await userEvent.type(screen.getByLabelText('Environment, row 1: Name'), 'SEED');
  expect(await flaws(screen.getByRole('dialog'))).toEqual([]);
  await userEvent.click(screen.getByRole('button', { name: 'Create the copy' }));
  await waitFor(() => expect(onDone).toHaveBeenCalledOnce());
  expect(onDone.mock.calls[0]?.[0]).toBe('pi-2');
  expect(changes()).toEqual([{ changes: { command: ['python', 'train.py', '--lr', '0.01'], env: [{ name: 'SEED', value: '2' }] } }]);
});

test('of a job that starts its program in its own way the command is kept, unless another is said', async () => {
  const { onDone, changes } = open();
  expect(command()).toHaveValue('');
  await waitFor(() => expect(command()).toHaveAccessibleDescription(/in its own way.*leave this empty to keep it/));
  await userEvent.click(screen.getByRole('button', { name: 'Create the copy' }));
  await waitFor(() => expect(onDone).toHaveBeenCalledOnce());
  await userEvent.type(command(), './other');
  await userEvent.click(screen.getByRole('button', { name: 'Create the copy' }));
  await waitFor(() => expect(changes()).toEqual([{ changes: {} }, { changes: { command: ['./other'] } }]));
});

test.each([
  ['is still read', never, /is being read/],
  ['could not be read', () => refusal(403, 'Forbidden', 'ann may not'), /could not be read.*leave this empty to keep it/],
])('of a job whose manifest %s that is said, and not that it runs in its own way', async (_name, answer, says) => {
  const sent = answers({ [`GET ${jobs}/pi/manifest?uid=uid-pi`]: answer });
  show(<CloneDialog job={failed()} onClose={vi.fn()} onDone={vi.fn()} />);
  await waitFor(() => expect(command()).toHaveAccessibleDescription(says));
  expect(command()).not.toHaveAccessibleDescription(/in its own way/);
  expect(sent).toHaveLength(1);
});

test('what is not here can be changed in the whole form', () => {
  open(simple);
  expect(screen.getByRole('link', { name: 'Change more' })).toHaveAttribute('href', '/projects/team-a/create?from=pi&uid=uid-pi');
});

/** State is what an address brings along. */
function State() {
  const at = useLocation();
  const brought: unknown = at.state;
  return <output>{`${at.pathname}${at.search} ${JSON.stringify(brought)}`}</output>;
}

test('what is changed comes along to the whole form, and what can’t be is said here', async () => {
  const wrong = { field: 'timeLimit', message: '"1 day" is no time limit: did you mean 1d?' };
  let answer: object | (() => Response) = () => Response.json({ ...problem(422, 'Invalid'), fields: [wrong] }, { status: 422, headers: { 'Content-Type': 'application/problem+json' } });
  answers({ [`GET ${jobs}/pi/manifest?uid=uid-pi`]: never, [`${clone}&dryRun=client`]: () => (typeof answer === 'function' ? (answer as () => Response)() : Response.json(answer)) });
  show(
    <>
      <CloneDialog job={failed({ timeLimitSeconds: 3600 })} onClose={vi.fn()} onDone={vi.fn()} />
      <State />
    </>,
  );
  const limit = screen.getByLabelText(/^Time limit/);
  fireEvent.change(screen.getByLabelText(/^Memory/), { target: { value: '10Ti' } });
  fireEvent.change(limit, { target: { value: '1 day' } });
  await userEvent.click(screen.getByRole('button', { name: 'Change more' }));
  await waitFor(() => expect(limit).toHaveAccessibleDescription(/did you mean 1d/));
  answer = { job: job({ name: 'pi-2' }), from: 'pi', differences: [] };
  fireEvent.change(limit, { target: { value: '1d' } });
  await userEvent.click(screen.getByRole('button', { name: 'Change more' }));
  await waitFor(() => expect(screen.getByRole('status', { hidden: true })).toHaveTextContent('/projects/team-a/create?from=pi&uid=uid-pi {"changes":{"memoryPerWorker":"10Ti","timeLimit":"1d"}}'));
});

test('the command follows the image, and a line says where the fields end', () => {
  open(simple);
  const labels = [...document.querySelectorAll('.pf-v6-c-form__label-text')].map((l) => l.textContent);
  expect(labels.slice(0, 3)).toEqual(['Image', 'Command', 'Workers']);
  expect(labels.at(-1)).toBe('Environment');
  expect(screen.getByRole('separator')).toBeVisible();
});
