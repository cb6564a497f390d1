import { Alert, Button, Form, FormGroup, FormSelect, FormSelectOption, Modal, ModalBody, ModalFooter, ModalHeader, TextArea, TextInput } from '@patternfly/react-core';
import { useEffect, useState, type FormEvent } from 'react';

import { useJobs } from '~/api/jobs';
import { useRights } from '~/api/me';
import { asProblem } from '~/api/problem';
import { useSaveTemplate } from '~/api/templates';
import { ClickProblem } from '~/components/ClickProblem';
import { Help } from '~/components/Help';
import { ProblemView } from '~/components/ProblemView';
import { typesThat } from '~/jobtypes';
import { words } from '~/words/words';

import { rightsNote } from './rightsNote';

const w = words.templates;

/** How many jobs are offered to be saved. */
const most = 50;
/** A template's name, as the service takes it. */
const valid = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** The job to save, by its UID too where it was seen. */
interface Chosen {
  name: string;
  uid: string | undefined;
}

interface Props {
  namespace: string;
  /** The job to save; empty: one is chosen. */
  job: string;
  /** Its UID, where it was seen. */
  uid: string | undefined;
  onClose: () => void;
  onSaved: (name: string) => void;
}

/** SaveDialog keeps a job as a template. One of that name is replaced only when that was said, by who may. */
export function SaveDialog({ namespace, job, uid, onClose, onSaved }: Props) {
  const [of, setOf] = useState<Chosen>({ name: job, uid });
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [tried, setTried] = useState(false);
  const save = useSaveTemplate(namespace);
  const problem = save.isError ? asProblem(save.error) : undefined;
  const rights = useRights(namespace);
  const note = rightsNote(rights, namespace);
  const there = problem?.code === 'AlreadyExists';
  const replacing = save.variables?.replace === true;
  const mayReplace = !rights.known || rights.may('updateTemplates');
  const wrongName = problem?.field('name') ?? (name === '' ? w.missing : valid.test(name) ? undefined : w.nameHelp);
  const send = (replace: boolean) => {
    setTried(true);
    if (of.name === '' || name === '' || !valid.test(name)) return;
    save.mutate({ template: { name, from: of.name, ...(of.uid !== undefined && { uid: of.uid }), ...(description.trim() ? { description: description.trim() } : {}) }, replace }, { onSuccess: (t) => onSaved(t.name) });
  };
  const submit = (e: FormEvent) => {
    e.preventDefault();
    send(false);
  };
  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-labelledby="save-title" elementToFocus={job === '' ? '#save-of' : '#save-name'}>
      <ModalHeader title={w.saveTitle} description={w.saveText} labelId="save-title" />
      <ModalBody>
        <Form id="save-template" onSubmit={submit} noValidate>
          {note && !there && <Alert variant="info" isInline isPlain component="p" title={note} />}
          {there && <Alert variant="warning" isInline title={mayReplace ? w.there : w.thereForGood(namespace)} component="h2" />}
          {problem && !there && <ClickProblem error={problem} click={replacing ? 'replaceTemplate' : 'saveTemplate'} onRetry={() => send(replacing)} />}
          {job === '' ? (
            <ChooseJob namespace={namespace} value={of.uid ?? ''} missing={tried && of.name === ''} onChange={setOf} />
          ) : (
            <FormGroup label={w.of} fieldId="save-of">
              <TextInput id="save-of" readOnlyVariant="plain" value={job} />
            </FormGroup>
          )}
          <FormGroup label={w.name} fieldId="save-name" isRequired>
            <TextInput
              id="save-name"
              value={name}
              autoComplete="off"
              spellCheck={false}
              validated={tried && wrongName ? 'error' : 'default'}
              aria-describedby="save-name-help"
              onChange={(_e, v) => {
                setName(v.trim());
                save.reset();
              }}
            />
            <Help id="save-name-help" wrong={tried ? wrongName : undefined} text={w.nameHelp} />
          </FormGroup>
          <FormGroup label={w.description} fieldId="save-description">
            <TextArea id="save-description" value={description} maxLength={2000} autoResize rows={2} aria-describedby="save-description-help" onChange={(_e, v) => setDescription(v)} />
            <Help id="save-description-help" text={w.descriptionHelp} />
          </FormGroup>
        </Form>
      </ModalBody>
      <ModalFooter>
        {there && mayReplace ? (
          <Button variant="danger" isLoading={save.isPending} isDisabled={save.isPending} onClick={() => send(true)}>
            {w.replace}
          </Button>
        ) : (
          <Button type="submit" form="save-template" isLoading={save.isPending} isDisabled={save.isPending}>
            {w.submit}
          </Button>
        )}
        <Button variant="link" onClick={onClose}>
          {words.cancel}
        </Button>
      </ModalFooter>
    </Modal>
  );
}

interface ChooseProps {
  namespace: string;
  value: string;
  missing: boolean;
  onChange: (job: Chosen) => void;
}

/** ChooseJob offers the newest jobs of the project that can be a template. */
function ChooseJob({ namespace, value, missing, onChange }: ChooseProps) {
  const jobs = useJobs(namespace, { type: typesThat('template'), sortBy: 'created', limit: most });
  const items = jobs.data?.items ?? [];
  const none = jobs.data !== undefined && items.length === 0;
  const gone = value !== '' && jobs.data !== undefined && !items.some((j) => j.uid === value);
  useEffect(() => {
    // What isn't shown as chosen isn't saved.
    if (gone) onChange({ name: '', uid: undefined });
  }, [gone, onChange]);
  return (
    <FormGroup label={w.of} fieldId="save-of" isRequired>
      {jobs.isError && <ProblemView error={jobs.error} onRetry={() => void jobs.refetch()} />}
      <FormSelect id="save-of" value={value} isDisabled={none} validated={missing ? 'error' : 'default'} aria-describedby="save-of-help" onChange={(_e, uid) => onChange({ name: items.find((j) => j.uid === uid)?.name ?? '', uid })}>
        <FormSelectOption value="" label={jobs.isPending ? words.loading : w.choose} isPlaceholder />
        {items.map((j) => (
          <FormSelectOption key={j.uid} value={j.uid} label={j.name} />
        ))}
      </FormSelect>
      <Help id="save-of-help" wrong={missing ? w.missing : none ? w.noJob : undefined} text={w.ofHelp(most)} />
    </FormGroup>
  );
}
