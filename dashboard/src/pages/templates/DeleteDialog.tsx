import { Button, Content, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';

import { useDeleteTemplate } from '~/api/templates';
import { ProblemView } from '~/components/ProblemView';
import { words } from '~/words/words';

const w = words.templates;

interface Props {
  namespace: string;
  name: string;
  onClose: () => void;
}

/** DeleteDialog says what goes with a template before it goes. */
export function DeleteDialog({ namespace, name, onClose }: Props) {
  const remove = useDeleteTemplate(namespace);
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby="delete-title" aria-describedby="delete-text">
      <ModalHeader title={w.deleteTitle(name)} titleIconVariant="warning" labelId="delete-title" />
      <ModalBody id="delete-text">
        {remove.isError && <ProblemView error={remove.error} />}
        <Content component="p">{w.deleteText}</Content>
      </ModalBody>
      <ModalFooter>
        <Button variant="danger" isLoading={remove.isPending} isDisabled={remove.isPending} onClick={() => remove.mutate(name, { onSuccess: onClose })}>
          {w.delete}
        </Button>
        <Button variant="link" onClick={onClose}>
          {words.cancel}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
