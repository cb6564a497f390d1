import { Button, Modal, ModalBody, ModalFooter, ModalHeader, Skeleton } from '@patternfly/react-core';

import { useTemplate } from '~/api/templates';
import { ProblemView } from '~/components/ProblemView';
import { YamlBlock } from '~/components/YamlBlock';
import { words } from '~/words/words';

import { templateText } from './templateText';

const w = words.templates;

interface Props {
  namespace: string;
  name: string;
  onClose: () => void;
}

/** YamlDialog is a template as a file. */
export function YamlDialog({ namespace, name, onClose }: Props) {
  const template = useTemplate(namespace, name);
  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-labelledby="template-title">
      <ModalHeader title={w.yamlTitle(name)} labelId="template-title" />
      {/* It scrolls, so it must be reachable by keyboard. */}
      <ModalBody tabIndex={0} role="region" aria-label={w.showName(name)}>
        {template.isError && <ProblemView error={template.error} onRetry={() => void template.refetch()} />}
        {template.isPending && <Skeleton height="12rem" screenreaderText={words.loading} />}
        {template.data && <YamlBlock text={templateText(template.data)} file={`${name}.yaml`} />}
      </ModalBody>
      <ModalFooter>
        <Button variant="link" onClick={onClose}>
          {words.close}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
