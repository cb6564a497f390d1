import { act, screen } from '@testing-library/react';

import { keys } from '~/api/keys';
import { UserContext } from '~/api/user';
import { problem } from '~/test/fixtures';
import { show } from '~/test/render';
import { FakeStream } from '~/test/streams';

import { useLog } from './useLog';

function Log() {
  return <p>{useLog({ namespace: 'team-a', name: 'bert', type: 'MPIJob' }, 'all').state}</p>;
}

test('a log that ended with the token goes on when somebody has signed in again', async () => {
  FakeStream.all = [];
  const { client } = show(
    <UserContext value="ann">
      <Log />
    </UserContext>,
  );
  expect(FakeStream.current.url).toContain('callerIs=ann');
  act(() => {
    client.setQueryData(keys.session, { user: 'ann' });
  });
  act(() => FakeStream.current.send('end', problem(401, 'Unauthenticated')));
  await screen.findByText('ended');
  expect(client.getQueryState(keys.session)?.isInvalidated).toBe(true);
  act(() => {
    client.setQueryData(keys.session, null);
  });
  expect(FakeStream.all).toHaveLength(1);
  act(() => {
    client.setQueryData(keys.session, { user: 'ann' });
  });
  await screen.findByText('lost');
  await vi.waitFor(() => expect(FakeStream.all).toHaveLength(2), 3_000);
});
