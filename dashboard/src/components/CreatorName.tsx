import { words } from '~/words/words';

import { plain } from './plain';

/** CreatorName is who created a job; of a service account its namespace and name say it. */
export function CreatorName({ name }: { name: string | undefined }) {
  if (!name) return <>{words.none}</>;
  const short = name.replace(/^system:serviceaccount:([^:]+):/, '$1/');
  // A name may be of a script that goes the other way, or pretend to be.
  return <bdi title={plain(name)}>{plain(short)}</bdi>;
}
