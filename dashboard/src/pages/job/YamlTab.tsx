import { Skeleton } from '@patternfly/react-core';

import { useManifest, type JobRef } from '~/api/job';
import { ProblemView } from '~/components/ProblemView';
import { YamlBlock } from '~/components/YamlBlock';
import { words } from '~/words/words';

/** YamlTab is the manifest that creates the job again, here or in a terminal. */
export function YamlTab({ jobRef }: { jobRef: JobRef }) {
  const manifest = useManifest(jobRef);
  if (manifest.isError) return <ProblemView error={manifest.error} onRetry={() => void manifest.refetch()} />;
  if (!manifest.data) return <Skeleton height="20rem" screenreaderText={words.loading} />;
  return <YamlBlock text={manifest.data} file={`${jobRef.name}.yaml`} />;
}
