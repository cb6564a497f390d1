import { cleanup, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import { fromYaml } from '~/api/yaml';
import { flaws } from '~/test/axe';
import { show } from '~/test/render';
import { words } from '~/words/words';

import { Guide } from './Guide';
import { trainJob } from './trainJob';

const w = words.create.guide;
const guide = <Guide namespace="team-a" />;
const at = '/projects/team-a/create';

beforeEach(() => localStorage.clear());

test('each way to start a program has an answer, and what runs on MPI a template to begin with', async () => {
  const { container } = show(guide, at);
  const choices = within(screen.getByRole('radiogroup', { name: w.question }));
  const templates: (string | null)[] = [];
  for (const { title, hint, answer } of Object.values(w.ways)) {
    await userEvent.click(choices.getByRole('radio', { name: `${title} ${hint}` }));
    expect(screen.getByText(answer)).toBeVisible();
    templates.push(screen.queryByRole('link')?.getAttribute('href') ?? null);
  }
  expect(templates).toEqual([...['mpi', 'mpi4py', 'horovod', 'deepspeed'].map((t) => `${at}?template=${t}`), null, null]);
  expect(await flaws(container)).toEqual([]);
});

test('a program of torchrun gets a TrainJob of its project, to take along', async () => {
  const { container } = show(guide, at);
  await userEvent.click(screen.getByRole('radio', { name: /^torchrun/ }));
  expect(fromYaml(container.querySelector('code')?.textContent ?? '')).toMatchObject({ kind: 'TrainJob', metadata: { namespace: 'team-a' }, spec: { trainer: { command: ['torchrun', 'train.py'] } } });
  expect(await flaws(container)).toEqual([]);
});

test.each(['2024', '1e3', 'true', 'null'])('a project called %s stays a text in the TrainJob', (name) => {
  expect(fromYaml(trainJob(name))).toMatchObject({ metadata: { namespace: name } });
});

test('who closes it finds it closed, and can open it', async () => {
  show(guide, at);
  const toggle = () => screen.getByRole('button', { name: w.title });
  expect(toggle()).toHaveAttribute('aria-expanded', 'true');
  await userEvent.click(toggle());
  cleanup();
  show(guide, at);
  expect(toggle()).toHaveAttribute('aria-expanded', 'false');
  await userEvent.click(toggle());
  expect(screen.getByRole('radiogroup')).toBeVisible();
});
