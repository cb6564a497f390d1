import { Button, Content, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';

import { useDeleteTemplate } from '~/api/templates';
import { ClickProblem } from '~/components/ClickProblem';
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
  const submit = () => remove.mutate(name, { onSuccess: onClose });
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby="delete-title" aria-describedby="delete-text">
      <ModalHeader title={w.deleteTitle(name)} titleIconVariant="warning" labelId="delete-title" />
      <ModalBody id="delete-text">
        {remove.isError && <ClickProblem error={remove.error} click="deleteTemplate" onRetry={submit} />}
        <Content component="p">{w.deleteText}</Content>
      </ModalBody>
      <ModalFooter>
        <Button variant="danger" isLoading={remove.isPending} isDisabled={remove.isPending} onClick={submit}>
          {w.delete}
        </Button>
        <Button variant="link" onClick={onClose}>
          {words.cancel}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
