import { Alert, Button, Content, List, ListItem, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';

import { useBulk, type BulkAction } from '~/api/jobs';
import type { Job } from '~/api/types';
import { words } from '~/words/words';

import { ProblemView } from './ProblemView';

interface Props {
  action: BulkAction;
  jobs: Job[];
  onClose: () => void;
  onDone: () => void;
}

const texts = {
  suspend: { title: words.actions.suspendTitle, text: words.actions.suspendText, submit: words.actions.suspend },
  resume: { title: words.actions.resumeTitle, text: words.actions.resumeText, submit: words.actions.resume },
  delete: { title: words.actions.deleteTitle, text: words.actions.deleteText, submit: words.actions.delete },
} as const;

/** How many names are spelt out. */
const most = 10;

/** BulkDialog says what an action does before it is done, and what became of it. */
export function BulkDialog({ action, jobs, onClose, onDone }: Props) {
  const bulk = useBulk();
  const t = texts[action];
  const running = jobs.filter((j) => j.phase === 'Running' || j.phase === 'Initializing').length;
  const failed = bulk.data?.filter((o) => o.problem !== undefined) ?? [];
  const submit = () =>
    bulk.mutate(
      { action, jobs },
      {
        onSuccess: (outcomes) => {
          onDone();
          if (outcomes.every((o) => o.problem === undefined)) onClose();
        },
      },
    );
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby="bulk-title" aria-describedby="bulk-text">
      <ModalHeader title={t.title(jobs.length)} labelId="bulk-title" {...(action === 'delete' ? { titleIconVariant: 'warning' as const } : {})} />
      <ModalBody id="bulk-text">
        {failed.length > 0 ? (
          <Alert variant="danger" isInline title={words.actions.some} component="h2">
            <List>
              {failed.map((o) => (
                <ListItem key={`${o.namespace}/${o.type}/${o.name}`}>
                  <strong>{o.name}</strong>: {o.problem}
                </ListItem>
              ))}
            </List>
          </Alert>
        ) : (
          <>
            {bulk.isError && <ProblemView error={bulk.error} />}
            <Content component="p">{t.text}</Content>
            {running > 0 && action !== 'resume' && <Content component="p">{words.actions.running(running)}</Content>}
            <List>
              {jobs.slice(0, most).map((j) => (
                <ListItem key={j.uid}>{j.name}</ListItem>
              ))}
              {jobs.length > most && <ListItem>{words.actions.more(jobs.length - most)}</ListItem>}
            </List>
          </>
        )}
      </ModalBody>
      <ModalFooter>
        {failed.length === 0 && (
          <Button variant={action === 'delete' ? 'danger' : 'primary'} onClick={submit} isLoading={bulk.isPending} isDisabled={bulk.isPending}>
            {t.submit}
          </Button>
        )}
        <Button variant="link" onClick={onClose}>
          {failed.length > 0 ? words.close : words.cancel}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
