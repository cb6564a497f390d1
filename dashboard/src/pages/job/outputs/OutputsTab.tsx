import { Alert, Button, EmptyState, EmptyStateBody, Flex, FlexItem, Spinner, Stack } from '@patternfly/react-core';
import { DownloadIcon } from '@patternfly/react-icons';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';

import type { JobRef } from '~/api/job';
import { outputAddress, useOutputs } from '~/api/outputs';
import { asProblem } from '~/api/problem';
import type { Job } from '~/api/types';
import { Ago } from '~/components/Ago';
import { mebibytes } from '~/components/bytes';
import { ProblemView } from '~/components/ProblemView';
import { words } from '~/words/words';

const w = words.job.outputs;

/** So many files are listed; all are in the download. */
const most = 500;

/** OutputsTab is what the job left where it says its results are. */
export function OutputsTab({ jobRef, job }: { jobRef: JobRef; job: Job }) {
  const outputs = useOutputs(jobRef, job);
  const again = () => void outputs.refetch();
  if (outputs.isError && asProblem(outputs.error).code === 'NoOutput') {
    return (
      <EmptyState titleText={w.nowhereTitle} headingLevel="h2">
        <EmptyStateBody>{w.nowhere}</EmptyStateBody>
      </EmptyState>
    );
  }
  if (outputs.isError) return <ProblemView error={outputs.error} onRetry={again} />;
  if (outputs.isPending) {
    return (
      <EmptyState titleText={w.reading} headingLevel="h2" icon={Spinner}>
        <EmptyStateBody>{w.readingText}</EmptyStateBody>
      </EmptyState>
    );
  }
  const { place, skipped, truncated } = outputs.data;
  const files = outputs.data.files ?? [];
  return (
    <Stack hasGutter>
      <Flex>
        <FlexItem>{w.total(files.length, mebibytes(files.reduce((n, f) => n + f.size, 0)), place)}</FlexItem>
        {files.length > 0 && (
          <FlexItem>
            <Button component="a" href={outputAddress(jobRef)} download variant="secondary" icon={<DownloadIcon />}>
              {w.all}
            </Button>
          </FlexItem>
        )}
        <FlexItem>
          <Button variant="link" isInline onClick={again} isLoading={outputs.isFetching}>
            {w.again}
          </Button>
        </FlexItem>
      </Flex>
      {truncated && <Alert variant="info" isInline isPlain component="p" title={w.truncated} />}
      {skipped?.map((s) => <Alert key={s.path} variant="warning" isInline isPlain component="p" title={w.skipped(s.path, s.why)} />)}
      {files.length === 0 ? (
        <EmptyState titleText={w.noneTitle} headingLevel="h2">
          <EmptyStateBody>{w.noneText}</EmptyStateBody>
        </EmptyState>
      ) : (
        <Table aria-label={w.table} variant="compact">
          <Thead>
            <Tr>
              <Th>{w.columns.path}</Th>
              <Th>{w.columns.size}</Th>
              <Th>{w.columns.modified}</Th>
              <Th screenReaderText={w.columns.download} />
            </Tr>
          </Thead>
          <Tbody>
            {files.slice(0, most).map((f) => (
              <Tr key={f.path}>
                <Td dataLabel={w.columns.path} modifier="breakWord">
                  <bdi>{f.path}</bdi>
                </Td>
                <Td dataLabel={w.columns.size}>{mebibytes(f.size)}</Td>
                <Td dataLabel={w.columns.modified}>
                  <Ago at={f.modified} />
                </Td>
                <Td isActionCell>
                  <Button component="a" href={outputAddress(jobRef, f.path)} download variant="plain" icon={<DownloadIcon />} aria-label={w.download(f.path)} />
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
      {files.length > most && <p>{w.more(files.length - most)}</p>}
    </Stack>
  );
}
