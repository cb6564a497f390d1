import { render, screen } from '@testing-library/react';

import { flaws } from '~/test/axe';

import { Boundary } from './Boundary';

function Page({ broken }: { broken: boolean }) {
  if (broken) throw new Error('Failed to fetch dynamically imported module');
  return <h1>fine</h1>;
}

test('a page that breaks says so and leaves the rest; another address is another try', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const at = (where: string, broken: boolean) => (
    <main>
      <Boundary at={where}>
        <Page broken={broken} />
      </Boundary>
    </main>
  );
  const { container, rerender } = render(at('/a', true));
  expect(screen.getByRole('heading', { level: 1, name: /can.t be shown/ })).toBeVisible();
  expect(screen.getByText(/dynamically imported/)).toBeVisible();
  expect(screen.getByRole('button', { name: 'Load it again' })).toBeVisible();
  expect(await flaws(container)).toEqual([]);
  rerender(at('/b', false));
  expect(screen.getByRole('heading', { name: 'fine' })).toBeVisible();
});
