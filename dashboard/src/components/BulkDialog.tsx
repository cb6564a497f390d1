import { Alert, Button, Content, List, ListItem, Modal, ModalBody, ModalFooter, ModalHeader, Stack } from '@patternfly/react-core';

import { useBulk, type BulkAction } from '~/api/jobs';
import { useRightIn } from '~/api/me';
import type { Job } from '~/api/types';
import { words } from '~/words/words';

import { ClickProblem } from './ClickProblem';
import { split, type Split } from './split';

interface Props {
  action: BulkAction;
  jobs: Job[];
  onClose: () => void;
  onDone: () => void;
}

const w = words.actions;

/** How many names are spelt out. */
const most = 10;

/** BulkDialog says what an action does before it is done, for which of the jobs it can't be, and what became of it. */
export function BulkDialog({ action, jobs, onClose, onDone }: Props) {
  const bulk = useBulk();
  const rights = useRightIn(
    jobs.map((j) => j.namespace),
    action === 'delete' ? 'delete' : 'change',
  );
  const { can, cant } = split(action, jobs, rights.allowed);
  const failed = bulk.data?.filter((o) => o.problem !== undefined) ?? [];
  const ready = failed.length === 0 && can.length > 0;
  const submit = () =>
    bulk.mutate(
      { action, jobs: can },
      {
        onSuccess: (outcomes) => {
          onDone();
          if (outcomes.every((o) => o.problem === undefined)) onClose();
        },
      },
    );
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby="bulk-title" aria-describedby="bulk-text">
      <ModalHeader
        title={can.length > 0 ? w.titles[action](can.length, jobs.length) : w.nothing[action](jobs.length)}
        labelId="bulk-title"
        {...(action === 'delete' && ready ? { titleIconVariant: 'warning' as const } : {})}
      />
      <ModalBody id="bulk-text">
        {failed.length > 0 ? (
          <Alert variant="danger" isInline title={w.some} component="h2">
            <List>
              {failed.map((o) => (
                <ListItem key={`${o.namespace}/${o.type}/${o.name}/${o.uid ?? ''}`}>
                  <strong>{o.name}</strong>: {o.problem}
                </ListItem>
              ))}
            </List>
          </Alert>
        ) : (
          <Stack hasGutter>
            {bulk.isError && <ClickProblem error={bulk.error} click={action} onRetry={ready ? submit : undefined} />}
            {can.length > 0 && <ToBeDone action={action} jobs={can} />}
            {can.length > 0 && <Jobs of={can} />}
            {cant.length > 0 && <LeftOut cant={cant} />}
          </Stack>
        )}
      </ModalBody>
      <ModalFooter>
        {ready && (
          <Button variant={action === 'delete' ? 'danger' : 'primary'} onClick={submit} isLoading={bulk.isPending} isDisabled={bulk.isPending || rights.pending}>
            {w[action]}
          </Button>
        )}
        <Button variant="link" onClick={onClose}>
          {ready ? words.cancel : words.close}
        </Button>
      </ModalFooter>
    </Modal>
  );
}

function ToBeDone({ action, jobs }: { action: BulkAction; jobs: readonly Job[] }) {
  const running = jobs.filter((j) => j.phase === 'Running' || j.phase === 'Initializing').length;
  return (
    <>
      <Content component="p">{w.texts[action]}</Content>
      {running > 0 && action !== 'resume' && <Content component="p">{w.running(running)}</Content>}
    </>
  );
}

function Jobs({ of }: { of: readonly Job[] }) {
  return (
    <List>
      {of.slice(0, most).map((j) => (
        <ListItem key={j.uid}>{j.name}</ListItem>
      ))}
      {of.length > most && <ListItem>{w.more(of.length - most)}</ListItem>}
    </List>
  );
}

function LeftOut({ cant }: Pick<Split, 'cant'>) {
  const names = (jobs: readonly Job[]) => [...jobs.slice(0, most).map((j) => j.name), ...(jobs.length > most ? [w.more(jobs.length - most)] : [])].join(', ');
  return (
    <Alert variant="info" isInline isPlain component="h2" title={w.leftOut(cant.reduce((n, c) => n + c.jobs.length, 0))}>
      <List>
        {cant.map((c) => (
          <ListItem key={c.why}>
            <strong>{w.why[c.why]}</strong>: {names(c.jobs)}
          </ListItem>
        ))}
      </List>
    </Alert>
  );
}
