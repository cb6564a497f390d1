import { Button, Content, Modal, ModalBody, ModalHeader, Stack, StackItem } from '@patternfly/react-core';

import { words } from '~/words/words';

import { SignInForm } from './SignInForm';

/** SignInAgain lies over the page of someone whose token has ended: what they have typed there stays. */
export function SignInAgain({ user }: { user: string }) {
  return (
    <Modal isOpen variant="small" aria-labelledby="again-title" aria-describedby="again-text">
      <ModalHeader title={words.signIn.again} labelId="again-title" />
      <ModalBody id="again-text">
        <Stack hasGutter>
          <Content component="p">{words.signIn.kept(user)}</Content>
          <SignInForm was={user} />
          <StackItem>
            <Button variant="link" isInline onClick={() => window.location.reload()}>
              {words.signIn.leave}
            </Button>
          </StackItem>
        </Stack>
      </ModalBody>
    </Modal>
  );
}
