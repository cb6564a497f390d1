import { Bullseye, Card, CardBody, CardTitle, Title } from '@patternfly/react-core';

import { words } from '~/words/words';

import { SignInForm } from './SignInForm';

/** SignIn takes a token of the cluster, where no proxy has signed anybody in. */
export function SignIn() {
  return (
    <Bullseye component="main" className="sign-in">
      <Card isLarge>
        <CardTitle>
          <Title headingLevel="h1" size="2xl">
            {words.signIn.to(words.product)}
          </Title>
        </CardTitle>
        <CardBody>
          <SignInForm />
        </CardBody>
      </Card>
    </Bullseye>
  );
}
