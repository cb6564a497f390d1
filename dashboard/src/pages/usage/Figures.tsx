import { DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm } from '@patternfly/react-core';

import type { NamespaceUsage } from '~/api/types';
import { cpuText, memoryText } from '~/components/resources';
import { words } from '~/words/words';

const w = words.usage.figures;

/** Figures are what the running jobs of a project take together. */
export function Figures({ usage }: { usage: NamespaceUsage }) {
  const { resources: r } = usage;
  const figures: [string, string | number][] = [
    [w.gpus, r?.gpus ?? 0],
    [w.jobs, usage.jobs],
    [w.workers, usage.workers],
    [w.cpu, cpuText(r?.cpu ?? '0')],
    [w.memory, memoryText(r?.memory ?? '0')],
    [w.waiting, usage.waitingJobs],
  ];
  return (
    <DescriptionList className="usage-figures" columnModifier={{ default: '2Col', md: '3Col' }} isCompact>
      {figures.map(([term, value]) => (
        <DescriptionListGroup key={term}>
          <DescriptionListTerm>{term}</DescriptionListTerm>
          <DescriptionListDescription className="usage-figure">{value}</DescriptionListDescription>
        </DescriptionListGroup>
      ))}
    </DescriptionList>
  );
}
