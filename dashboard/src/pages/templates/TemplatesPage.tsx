import { Alert, AlertActionCloseButton, Button, Card, CardBody, Content, EmptyState, EmptyStateBody, Flex, FlexItem, PageSection, Skeleton, Stack, Title } from '@patternfly/react-core';
import { CubesIcon } from '@patternfly/react-icons';
import { useState } from 'react';
import { useLocation, useNavigate, useParams, useSearchParams } from 'react-router-dom';

import { useRights } from '~/api/me';
import { useTemplates } from '~/api/templates';
import { ProblemView } from '~/components/ProblemView';
import { words } from '~/words/words';

import { DeleteDialog } from './DeleteDialog';
import { rightsNote } from './rightsNote';
import { SaveDialog } from './SaveDialog';
import { TemplatesTable } from './TemplatesTable';
import { YamlDialog } from './YamlDialog';
import './templates.css';

const w = words.templates;

/** TemplatesPage is the templates of a project. With ?save=JOB&uid=UID in its address it asks how to save that job. */
export default function TemplatesPage() {
  const { namespace = '' } = useParams();
  const templates = useTemplates(namespace);
  const rights = useRights(namespace);
  const note = rightsNote(rights, namespace);
  const saving = useSaving();
  const [shown, setShown] = useState<string>();
  const [deleting, setDeleting] = useState<string>();
  const [saved, setSaved] = useState<string>();
  return (
    <PageSection isFilled>
      <Stack hasGutter>
        <Flex>
          <FlexItem grow={{ default: 'grow' }}>
            <Title headingLevel="h1">{words.pages.templates}</Title>
          </FlexItem>
          {rights.may('createTemplates') && (
            <FlexItem>
              <Button variant="secondary" onClick={() => saving.ask('')}>
                {w.save}
              </Button>
            </FlexItem>
          )}
        </Flex>
        <Content component="p">{w.intro}</Content>
        {note && <Alert variant="info" isInline isPlain component="p" title={note} />}
        {saved && (
          <div role="status">
            <Alert variant="success" isInline title={w.saved(saved)} component="p" actionClose={<AlertActionCloseButton onClose={() => setSaved(undefined)} />} />
          </div>
        )}
        {templates.isError && <ProblemView error={templates.error} onRetry={() => void templates.refetch()} />}
        {templates.isPending && <Skeleton height="16rem" screenreaderText={words.loading} />}
        {templates.data && (
          <Card>
            <CardBody>
              {templates.data.length === 0 ? (
                <EmptyState titleText={w.noneTitle} headingLevel="h2" icon={CubesIcon}>
                  <EmptyStateBody>{w.noneText}</EmptyStateBody>
                </EmptyState>
              ) : (
                <TemplatesTable
                  namespace={namespace}
                  templates={templates.data}
                  mayCreate={rights.may('create')}
                  mayDelete={rights.may('deleteTemplates')}
                  onShow={(t) => setShown(t.name)}
                  onDelete={(t) => setDeleting(t.name)}
                />
              )}
            </CardBody>
          </Card>
        )}
      </Stack>
      {shown !== undefined && <YamlDialog namespace={namespace} name={shown} onClose={() => setShown(undefined)} />}
      {deleting !== undefined && <DeleteDialog namespace={namespace} name={deleting} onClose={() => setDeleting(undefined)} />}
      {saving.job !== undefined && (
        <SaveDialog
          namespace={namespace}
          job={saving.job}
          uid={saving.uid}
          onClose={saving.leave}
          onSaved={(name) => {
            saving.done();
            setSaved(name);
          }}
        />
      )}
    </PageSection>
  );
}

/** useSaving is the job that the address says to save; empty: one is still to be chosen. */
function useSaving() {
  const [query, setQuery] = useSearchParams();
  const navigate = useNavigate();
  const { key } = useLocation();
  const job = query.get('save') ?? undefined;
  const uid = query.get('uid') ?? undefined;
  const done = () =>
    setQuery(
      (was) => {
        const next = new URLSearchParams(was);
        next.delete('save');
        next.delete('uid');
        return next;
      },
      { replace: true },
    );
  return {
    job,
    uid,
    ask: (name: string) => setQuery({ save: name }),
    done,
    // Whoever came from a job goes back to it; an address that was opened by itself has nothing before it.
    leave: () => {
      if (key === 'default') done();
      else navigate(-1);
    },
  };
}
