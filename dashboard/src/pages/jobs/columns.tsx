import { Link } from 'react-router-dom';

import type { Job, SortKey } from '~/api/types';
import { Ago } from '~/components/Ago';
import { CreatorName } from '~/components/CreatorName';
import { Elapsed } from '~/components/Elapsed';
import { PhaseLabel } from '~/components/PhaseLabel';
import { ProgressText } from '~/components/ProgressText';
import { Workers } from '~/components/Workers';
import { jobPath } from '~/components/jobPath';
import { tells } from '~/components/tells';
import { nameOf } from '~/jobtypes';
import { words } from '~/words/words';

const c = words.jobs.columns;

/** Column is one thing that the list says of each job. */
export interface Column {
  key: SortKey;
  title: string;
  cell: (job: Job) => React.ReactNode;
  allProjects?: boolean;
  /** What jobs.css knows its cells by. */
  look?: string;
}

export const columns: readonly Column[] = [
  { key: 'name', title: c.name, cell: (j) => <Link to={jobPath(j)}>{j.name}</Link>, look: 'jobs-name' },
  { key: 'type', title: c.type, cell: (j) => nameOf(j), look: 'jobs-type' },
  { key: 'namespace', title: c.namespace, cell: (j) => j.namespace, allProjects: true },
  { key: 'phase', title: c.phase, cell: (j) => <Phase job={j} />, look: 'jobs-phase' },
  { key: 'workers', title: c.workers, cell: (j) => <Workers job={j} /> },
  { key: 'gpus', title: c.gpus, cell: (j) => j.totalResources?.gpus ?? words.none },
  { key: 'creator', title: c.creator, cell: (j) => <CreatorName name={j.creator} />, look: 'jobs-creator' },
  { key: 'queue', title: c.queue, cell: (j) => j.queue ?? words.none },
  { key: 'created', title: c.created, cell: (j) => <Ago at={j.created} /> },
  { key: 'duration', title: c.duration, cell: (j) => <Elapsed job={j} /> },
];

/** cellOf are the classes of a column's cells. */
export const cellOf = (k: Column) => (k.look ? `pf-v6-c-table__td ${k.look}` : 'pf-v6-c-table__td');

/** Phase is a job's phase, with how far its program says it is, and the sentence that says why while there is one to mend or to wait for. */
function Phase({ job }: { job: Job }) {
  return (
    <>
      <PhaseLabel phase={job.phase} />
      {job.progress && (job.progress.percent !== undefined || job.progress.expectedEnd) && (
        <div className="jobs-more">
          <ProgressText progress={job.progress} />
        </div>
      )}
      {(tells(job) || job.phase === 'Failed') && <div className="jobs-more">{job.message}</div>}
    </>
  );
}
