import { Bullseye, Spinner, Stack, Title } from '@patternfly/react-core';
import { useDeferredValue, useState } from 'react';

import { useForgetOthers, useSession } from '~/api/session';
import { UserContext } from '~/api/user';
import { ProblemView } from '~/components/ProblemView';
import { words } from '~/words/words';

import { Shell } from './Shell';
import { SignIn } from './SignIn';
import { SignInAgain } from './SignInAgain';

/** Gate lets in who is signed in. */
export function Gate() {
  const session = useSession();
  // Whose page it is: it stays when their token ends, and is nobody else's.
  const [owner, setOwner] = useState<string>();
  const now = session.data === null ? owner : session.data === 'out' ? undefined : session.data?.user;
  if (now !== owner) setOwner(now);
  useForgetOthers(now);
  // The first page is drawn bit by bit, so that the browser can do something else in between.
  const drawn = useDeferredValue(now);
  if (now !== undefined && drawn === now) {
    return (
      <UserContext value={now}>
        <Shell key={now} user={now} />
        {session.data === null && <SignInAgain user={now} />}
      </UserContext>
    );
  }
  if (session.data === null || session.data === 'out') return <SignIn />;
  if (session.isError) {
    return (
      <Bullseye component="main" className="sign-in">
        <Stack hasGutter>
          <Title headingLevel="h1" size="2xl">
            {words.product}
          </Title>
          <ProblemView error={session.error} onRetry={() => void session.refetch()} />
        </Stack>
      </Bullseye>
    );
  }
  return (
    <Bullseye>
      <Spinner aria-label={words.loading} />
    </Bullseye>
  );
}
