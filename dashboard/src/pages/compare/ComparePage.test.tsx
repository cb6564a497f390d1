import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes, useLocation } from 'react-router-dom';

import type { Comparison } from '~/api/types';
import { flaws } from '~/test/axe';
import { job } from '~/test/fixtures';
import { show } from '~/test/render';
import { answers, never, refusal } from '~/test/service';

import ComparePage from './ComparePage';

const comparison = 'GET /api/v1/namespaces/team-a/comparison';
const finished = '2026-01-02T10:03:00Z';
const two: Comparison = {
  jobs: [job({ name: 'good', uid: '1', phase: 'Succeeded', finished }), job({ name: 'bad', uid: '2', phase: 'Failed', finished })],
  fields: [
    { group: 'spec', field: 'image', values: ['train:1', 'train:1'], differs: false },
    { group: 'spec', field: 'spec.runPolicy.backoffLimit', values: ['', '3'], differs: true },
    { group: 'resources', field: 'memoryPerWorker', values: ['32Gi', '16Gi'], differs: true },
    { group: 'outcome', field: 'cause', values: ['', 'Worker 1, rank 3: out of memory'], differs: true },
  ],
  same: 1,
};

function Where() {
  return <output data-testid="where">{useLocation().search}</output>;
}

const open = (query: string) =>
  show(
    <main>
      <Routes>
        <Route path="/projects/:namespace/compare" element={<ComparePage />} />
      </Routes>
      <Where />
    </main>,
    `/projects/team-a/compare${query}`,
  );

const cells = (name: RegExp) => within(screen.getByRole('row', { name })).getAllByRole('cell').map((c) => c.textContent);

test('jobs are columns, and only what differs is a row', async () => {
  const sent = answers({ [comparison]: two });
  const { container } = open('?job=good&job=bad');
  expect(await screen.findByRole('link', { name: 'good' })).toHaveAttribute('href', '/projects/team-a/jobs/good');
  expect(cells(/Memory per Worker/)).toEqual(['32Gi', '16Gi']);
  expect(cells(/backoffLimit/)).toEqual(['–', '3']);
  expect(screen.queryByText('Image')).toBeNull();
  expect(screen.getByText('1 field is the same in all of them.')).toBeVisible();
  expect(sent.map((s) => s.path)).toEqual(['/api/v1/namespaces/team-a/comparison?job=good&job=bad&all=true']);
  expect(await flaws(container)).toEqual([]);
});

test('what is another than in the first job has a sign, not only weight', async () => {
  answers({ [comparison]: two });
  open('?job=good&job=bad');
  await screen.findByRole('link', { name: 'good' });
  const [first, second] = within(screen.getByRole('row', { name: /Memory per Worker/ })).getAllByRole('cell');
  expect(within(second ?? document.body).getByRole('img', { name: 'differs' })).toBeVisible();
  expect(within(first ?? document.body).queryByRole('img', { name: 'differs' })).toBeNull();
});

test('a switch shows what is the same too, and the address keeps it', async () => {
  answers({ [comparison]: two });
  const { container } = open('?job=good&job=bad');
  await userEvent.click(await screen.findByRole('switch', { name: 'Show what is the same too' }));
  expect(cells(/Image/)).toEqual(['train:1', 'train:1']);
  expect(screen.getByTestId('where')).toHaveTextContent('?job=good&job=bad&all=true');
  expect(await flaws(container)).toEqual([]);
});

test('of three one can be left out', async () => {
  const three = { ...two, jobs: [...(two.jobs ?? []), job({ name: 'third', uid: '3', finished })], fields: [{ group: 'outcome', field: 'phase', values: ['Succeeded', 'Failed', 'Running'], differs: true }] };
  answers({ [`${comparison}?job=good&job=bad&job=third&all=true`]: three, [comparison]: two });
  open('?job=good&job=bad&job=third');
  await userEvent.click(await screen.findByRole('button', { name: 'Leave out third' }));
  expect(screen.getByTestId('where')).toHaveTextContent('?job=good&job=bad');
  expect(screen.queryByRole('button', { name: /Leave out/ })).toBeNull();
});

test('jobs without a difference are said to have none', async () => {
  answers({ [comparison]: { ...two, fields: [two.fields?.[0]], same: 1 } });
  open('?job=good&job=bad');
  expect(await screen.findByText('They are the same in every field.')).toBeVisible();
});

test.each(['', '?job=good', '?job=good&job=good'])('with %j it says how to choose two', async (query) => {
  const sent = answers({});
  const { container } = open(query);
  expect(screen.getByRole('heading', { name: 'Choose two jobs or more' })).toBeVisible();
  expect(sent).toEqual([]);
  expect(await flaws(container)).toEqual([]);
});

test('a job that is not there is named', async () => {
  answers({ [comparison]: () => refusal(404, 'NotFound', 'there is no job "bad" in namespace team-a') });
  const { container } = open('?job=good&job=bad');
  expect(await screen.findByText(/there is no job "bad"/)).toBeVisible();
  expect(await flaws(container)).toEqual([]);
});

test('while it loads, it says so', () => {
  answers({ [comparison]: never });
  open('?job=good&job=bad');
  expect(screen.getByText('Loading')).toBeInTheDocument();
});
