import { Alert, PageSection, Skeleton, Title } from '@patternfly/react-core';
import { useMemo } from 'react';
import { useLocation, useParams, useSearchParams } from 'react-router-dom';

import { useSource, type Source } from '~/api/create';
import { ProblemView } from '~/components/ProblemView';
import { words } from '~/words/words';

import { changesIn } from './changesIn';
import { draftOf, nothing } from './draft';
import { Editor } from './Editor';
import { Guide } from './Guide';

const w = words.create.source;

/** called is a whole MPIJob under a name, where there is one. */
function called(whole: object | undefined, name: string | undefined): object | undefined {
  if (!whole || name === undefined) return whole;
  return { ...whole, metadata: { ...(whole as { metadata?: object }).metadata, name } };
}

/** CreatePage begins a job: from nothing, from a template, or as another job. */
export default function CreatePage() {
  const { namespace = '' } = useParams();
  const [query] = useSearchParams();
  const [from, uid, template] = [query.get('from'), query.get('uid'), query.get('template')];
  const changes = changesIn(useLocation().state);
  const asked: Source | undefined = useMemo(
    () => (template !== null ? { template } : from !== null ? { from, ...(uid !== null && { uid }), ...(changes ? { changes } : { named: true }) } : undefined),
    [from, uid, template, changes],
  );
  const source = useSource(namespace, asked);
  const draft = useMemo(() => (source.data ? draftOf(source.data.spec && { ...source.data.spec, name: source.data.name ?? '' }, called(source.data.whole, source.data.name)) : nothing), [source.data]);
  return (
    <PageSection isFilled>
      <Title headingLevel="h1">{words.pages.create}</Title>
      {asked === undefined && <Guide namespace={namespace} />}
      {asked && source.data && <Alert variant="info" isInline isPlain component="p" title={template !== null ? w.template(template) : (source.data.name === undefined ? w.nameless : changes ? w.changed : w.job)(from ?? '')} />}
      {asked && source.isPending && <Skeleton height="20rem" screenreaderText={words.loading} />}
      {source.isError && !source.data && <ProblemView error={source.error} onRetry={() => void source.refetch()} />}
      {(asked === undefined || source.data) && <Editor key={`${namespace} ${from} ${uid} ${template} ${JSON.stringify(changes)}`} namespace={namespace} initial={draft} />}
    </PageSection>
  );
}
