import { Button, CodeBlock, CodeBlockAction, CodeBlockCode, Content, Skeleton } from '@patternfly/react-core';
import { DownloadIcon } from '@patternfly/react-icons';

import { previousLogURL, tailLines, usePreviousLog, type Before } from '~/api/attempts';
import type { JobRef } from '~/api/job';
import { plain } from '~/components/plain';
import { ProblemView } from '~/components/ProblemView';
import { words } from '~/words/words';

const w = words.job.attempts;

interface Props {
  jobRef: JobRef;
  of: Before;
  version: string;
}

/** PreviousLog is the end of the log of the run before the newest. */
export function PreviousLog({ jobRef, of, version }: Props) {
  const log = usePreviousLog(jobRef, of, version);
  if (log.isError) return <ProblemView error={log.error} onRetry={() => void log.refetch()} />;
  if (!log.data) return <Skeleton height="8rem" screenreaderText={words.loading} />;
  const several = new Set(log.data.map((l) => l.where)).size > 1;
  return (
    <>
      <Content component="small">{w.lines(tailLines)}</Content>
      <CodeBlock
        actions={
          <CodeBlockAction>
            <Button variant="link" icon={<DownloadIcon />} component="a" href={previousLogURL(jobRef, of)} download={`${jobRef.name}-before.log`}>
              {w.download}
            </Button>
          </CodeBlockAction>
        }
      >
        <CodeBlockCode>{log.data.length === 0 ? w.empty : log.data.map((l) => (several ? `${l.where}: ${plain(l.text)}` : plain(l.text))).join('\n')}</CodeBlockCode>
      </CodeBlock>
    </>
  );
}
