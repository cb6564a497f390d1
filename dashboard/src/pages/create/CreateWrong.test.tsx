import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import type { Spec } from '~/api/types';
import { flaws } from '~/test/axe';
import { at, choices, dry, fill, fits, invalid, jobs, made, page, posted, preflight } from '~/test/creating';
import { job } from '~/test/fixtures';
import { show } from '~/test/render';
import { answers } from '~/test/service';

test('what the service finds wrong stands at its field, and nothing is created', async () => {
  const sent = answers({
    ...choices,
    [dry]: (body: unknown) =>
      Response.json(
        { type: '', title: 'Invalid', status: 422, code: 'Invalid', detail: 'd', fields: [{ field: 'memoryPerWorker', message: `"${(body as Spec).memoryPerWorker}" is no amount: write 16Gi` }] },
        { status: 422, headers: { 'Content-Type': 'application/problem+json' } },
      ),
  });
  show(page, at);
  await fill({ Name: 'bert', Image: 'train:1', Command: 'x', 'Memory per Worker': 'lots' });
  await userEvent.tab();
  expect(await screen.findByText(/"lots" is no amount: write 16Gi/)).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Create job' }));
  await waitFor(() => expect(posted(sent)).toEqual([]));
});

test('all that is wrong is said at once: what is missing, what is no number and what the service finds; each is a click away', async () => {
  const amount = { field: 'memoryPerWorker', message: '"10 TB" is no amount: did you mean 10T, or 10Ti?' };
  const limit = { field: 'timeLimit', message: '"1 day" is no time limit: did you mean 1d?' };
  answers({ ...choices, [dry]: () => invalid(amount, { field: 'image', message: 'name the image to run' }, limit) });
  const { container } = show(page, at);
  await userEvent.click(screen.getByRole('button', { name: 'More' }));
  await fill({ Name: 'bert', 'GPUs per Worker': '1 gpu', 'Memory per Worker': '10 TB', 'Time limit': '1 day' });
  expect(screen.getByText('A whole number: did you mean 1?')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Create job' }));
  expect(await screen.findByText(amount.message)).toBeVisible();
  expect(screen.getByText(limit.message)).toBeVisible();
  expect(screen.getAllByText('A job needs this.')).toHaveLength(2); // and not what the service says of that
  expect(screen.queryByText('name the image to run')).toBeNull();
  expect(screen.getByRole('heading', { name: /5 fields aren’t right yet/ })).toBeVisible();
  await waitFor(() => expect(screen.getByLabelText(/^Image/)).toHaveFocus());
  await userEvent.click(screen.getByRole('button', { name: 'Time limit' }));
  expect(screen.getByLabelText(/^Time limit/)).toHaveFocus();
  expect(screen.getByLabelText(/^Time limit/)).toHaveAccessibleDescription(/^"1 day" is no time limit: did you mean 1d\?/);
  expect(await flaws(container)).toEqual([]);
});

test('Enter in a field is the button below, and what one was told goes as it is mended', async () => {
  const sent = answers({ ...choices, [dry]: { job: job(), manifest: {} }, [preflight]: fits, [`POST ${jobs}`]: made });
  show(page, at);
  await fill({ Name: 'bert{Enter}' });
  expect(screen.getByRole('heading', { name: /2 fields aren’t right yet/ })).toBeVisible();
  await waitFor(() => expect(screen.getByLabelText(/^Image/)).toHaveFocus());
  await userEvent.keyboard('train:1{Tab}./p');
  await waitFor(() => expect(screen.queryByRole('heading', { name: /right yet/ })).toBeNull());
  expect(posted(sent)).toEqual([]);
  await userEvent.type(screen.getByLabelText(/^Workers/), '{Enter}');
  expect(await screen.findByText('its page')).toBeInTheDocument();
  expect(posted(sent)).toHaveLength(1);
});

test('what the cluster refuses as the job is created is gone to as well', async () => {
  answers({ ...choices, [dry]: { job: job(), manifest: {} }, [preflight]: fits, [`POST ${jobs}`]: () => invalid({ field: 'queue', message: 'there is no such queue' }) });
  show(page, at);
  await fill({ Name: 'bert', Image: 'train:1', Command: 'x' });
  await userEvent.click(screen.getByRole('button', { name: 'Create job' }));
  expect(await screen.findByText('there is no such queue')).toBeVisible();
  await waitFor(() => expect(screen.getByLabelText(/^Queue/)).toHaveFocus());
});

test('of several rows the wrong one is marked, and gone to', async () => {
  const wrong = () => invalid({ field: 'env[1].name', message: 'must be of printable ASCII characters' });
  answers({ ...choices, [dry]: wrong, [`POST ${jobs}`]: wrong });
  show(page, at);
  await userEvent.click(screen.getByRole('button', { name: 'More' }));
  for (const name of ['A', 'é']) {
    await userEvent.click(screen.getByRole('button', { name: 'Add a variable' }));
    await userEvent.type(screen.getByLabelText(`Environment, row ${name === 'A' ? 1 : 2}: Name`), name);
  }
  await fill({ Name: 'bert', Image: 'train:1', Command: 'x' });
  expect(await screen.findByText(/Row 2: must be of printable/)).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Create job' }));
  const second = screen.getByLabelText('Environment, row 2: Name');
  await waitFor(() => expect(second).toHaveFocus());
  expect(second).toHaveAccessibleDescription(/Row 2: must be/);
  expect(screen.getByLabelText('Environment, row 1: Name')).toBeValid();
});
