import { Bullseye, PageSection, Spinner } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';

import { meOptions } from '~/api/me';
import { UserContext } from '~/api/user';
import { PageRoutes } from '~/app/PageRoutes';
import { ProjectSelect } from '~/app/ProjectSelect';
import { useLastScope } from '~/app/scope';
import { ProblemView } from '~/components/ProblemView';
import { words } from '~/words/words';

/** Hosted is what surrounds every page in a host, which has the rest: the choice of a project. Who is signed in is the host's business, and the service's word. */
export function Hosted() {
  const scope = useLastScope();
  const me = useQuery(meOptions(null));
  if (me.isError && !me.data) {
    return (
      <PageSection>
        <ProblemView error={me.error} onRetry={() => void me.refetch()} />
      </PageSection>
    );
  }
  if (!me.data) {
    return (
      <Bullseye>
        <Spinner aria-label={words.loading} />
      </Bullseye>
    );
  }
  return (
    <UserContext value={me.data.user}>
      <PageSection>
        <ProjectSelect scope={scope} />
      </PageSection>
      <PageRoutes />
    </UserContext>
  );
}
