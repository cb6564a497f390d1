import { QueryClientProvider, useQuery } from '@tanstack/react-query';
import { act, renderHook, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';

import { answers, empty, refusal } from '~/test/service';

import { ProblemError } from './problem';
import { newQueries } from './queries';
import { useSignIn } from './session';

test.each([
  ['as the same person', 'ann'],
  ['as another', 'bob'],
])('what was asked before one signed in, %s, is asked anew: its refusal comes late', async (_name, was) => {
  answers({ 'POST /session': empty, 'GET /session': { user: 'ann' } });
  const client = newQueries();
  let refuse: (why: Error) => void = () => undefined;
  const ask = vi.fn(() => Promise.resolve('seen')).mockImplementationOnce(() => new Promise((_, no) => (refuse = no)));
  const wrapper = ({ children }: { children: ReactNode }) => <QueryClientProvider client={client}>{children}</QueryClientProvider>;
  const { result } = renderHook(() => ({ signIn: useSignIn(was), read: useQuery({ queryKey: ['jobs'], queryFn: ask }) }), { wrapper });
  await act(() => result.current.signIn.mutateAsync('token'));
  refuse(new ProblemError((await refusal(401, 'Unauthenticated', 'no token was sent').json()) as ProblemError['problem']));
  await waitFor(() => expect(result.current.read.data).toBe('seen'));
});
