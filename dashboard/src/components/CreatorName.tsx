import { words } from '~/words/words';

/** CreatorName is who created a job; of a service account its namespace and name say it. */
export function CreatorName({ name }: { name: string | undefined }) {
  if (!name) return <>{words.none}</>;
  const short = name.replace(/^system:serviceaccount:([^:]+):/, '$1/');
  return <span title={name}>{short}</span>;
}
