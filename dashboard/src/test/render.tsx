import { QueryClientProvider } from '@tanstack/react-query';
import { render } from '@testing-library/react';
import type { ReactElement } from 'react';
import { MemoryRouter, type MemoryRouterProps } from 'react-router-dom';

import { newQueries } from '~/api/queries';

type InitialEntry = NonNullable<MemoryRouterProps['initialEntries']>[number];

/** show renders as the App does, at an address. */
export function show(element: ReactElement, at: InitialEntry = '/projects/team-a/jobs') {
  const client = newQueries();
  client.setDefaultOptions({ ...client.getDefaultOptions(), queries: { ...client.getDefaultOptions().queries, retry: false } });
  return {
    client,
    ...render(
      <QueryClientProvider client={client}>
        <MemoryRouter initialEntries={[at]} future={{ v7_startTransition: true, v7_relativeSplatPath: true }}>{element}</MemoryRouter>
      </QueryClientProvider>,
    ),
  };
}
