import { ActionGroup, Button, Form, FormGroup, TextInput } from '@patternfly/react-core';
import { useState, type FormEvent } from 'react';

import { useSignIn } from '~/api/session';
import { ClickProblem } from '~/components/ClickProblem';
import { Help } from '~/components/Help';
import { words } from '~/words/words';

/** SignInForm trades a token for a session; was is who was signed in until now. */
export function SignInForm({ was }: { was?: string }) {
  const [token, setToken] = useState('');
  const [asked, setAsked] = useState(false);
  const signIn = useSignIn(was);
  const empty = asked && token.trim() === '';
  const send = () => {
    if (token.trim() !== '') signIn.mutate(token.trim());
  };
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setAsked(true);
    send();
  };
  return (
    <Form onSubmit={submit}>
      {signIn.isError && <ClickProblem error={signIn.error} click="signIn" onRetry={send} />}
      <FormGroup label={words.signIn.token} fieldId="token" isRequired>
        <TextInput id="token" type="password" autoComplete="off" value={token} onChange={(_e, v) => setToken(v)} validated={empty ? 'error' : 'default'} aria-describedby="token-help" />
        <Help id="token-help" wrong={empty ? words.signIn.empty : undefined} text={words.signIn.help} />
      </FormGroup>
      <ActionGroup>
        <Button type="submit" isBlock isLoading={signIn.isPending} isDisabled={signIn.isPending}>
          {words.signIn.submit}
        </Button>
      </ActionGroup>
    </Form>
  );
}
