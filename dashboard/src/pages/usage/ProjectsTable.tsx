import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from 'react-router-dom';

import type { NamespaceUsage } from '~/api/types';
import { pathOf } from '~/app/scope';
import { fullest, gpusFirst, isGPU, resourceTitle } from '~/components/resources';
import { words } from '~/words/words';

import { QuotaBar } from './QuotaBar';

const w = words.usage;

/** byGPUs orders projects by what they take: most GPUs first, then most Workers, then by name. */
export function byGPUs(items: readonly NamespaceUsage[]): NamespaceUsage[] {
  return [...items].sort((a, b) => (b.resources?.gpus ?? 0) - (a.resources?.gpus ?? 0) || b.workers - a.workers || a.namespace.localeCompare(b.namespace));
}

/** ProjectsTable is all projects, one a row; each leads to its own page. */
export function ProjectsTable({ items }: { items: readonly NamespaceUsage[] }) {
  return (
    <Table aria-label={w.projects} variant="compact" gridBreakPoint="grid-lg">
      <Thead>
        <Tr>
          <Th>{words.project}</Th>
          <Th>{w.figures.gpus}</Th>
          <Th width={40}>{w.fullest}</Th>
          <Th>{w.figures.workers}</Th>
          <Th>{w.figures.jobs}</Th>
          <Th>{w.figures.waiting}</Th>
        </Tr>
      </Thead>
      <Tbody>
        {byGPUs(items).map((u) => (
          <Tr key={u.namespace}>
            <Td dataLabel={words.project}>
              <Link to={pathOf(u.namespace, 'usage')}>{u.namespace}</Link>
            </Td>
            <Td dataLabel={w.figures.gpus}>{u.resources?.gpus ?? 0}</Td>
            <Td dataLabel={w.fullest}>
              <Tightest usage={u} />
            </Td>
            <Td dataLabel={w.figures.workers}>{u.workers}</Td>
            <Td dataLabel={w.figures.jobs}>{u.jobs}</Td>
            <Td dataLabel={w.figures.waiting}>{u.waitingJobs}</Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

/** Tightest are a project's quota of GPUs, and the one that is fullest. */
function Tightest({ usage }: { usage: NamespaceUsage }) {
  const quotas = usage.quotas ?? [];
  const gpu = gpusFirst(quotas).find((q) => isGPU(q.resource));
  const full = fullest(quotas);
  const shown = [gpu, full].filter((q, i, all) => q !== undefined && all.indexOf(q) === i);
  if (shown.length === 0) return <>{words.none}</>;
  return (
    <>
      {shown.map(
        (q) =>
          q && (
            <div key={`${q.quota} ${q.resource}`} className="usage-tight">
              <span>{resourceTitle(q.resource)}</span>
              <QuotaBar quota={q} compact />
            </div>
          ),
      )}
    </>
  );
}
