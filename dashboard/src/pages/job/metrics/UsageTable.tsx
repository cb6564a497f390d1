import { Content, Progress, ProgressMeasureLocation, ProgressVariant } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';

import type { Usage } from '~/api/types';
import { words } from '~/words/words';

const w = words.job.metrics;

/** So near its limit a pod is about to be killed, or held up. */
const near = 90;

/** UsageTable is what each pod uses now, beside what it may. */
export function UsageTable({ usage }: { usage: Usage }) {
  const members = usage.members ?? [];
  const gpus = members.some((m) => (m.gpus ?? []).length > 0);
  return (
    <>
      {usage.notes?.map((n) => (
        <Content key={n} component="p">
          {n}
        </Content>
      ))}
      <Table aria-label={w.now} variant="compact">
        <Thead>
          <Tr>
            <Th>{w.columns.member}</Th>
            <Th>{w.columns.cpu}</Th>
            <Th>{w.columns.memory}</Th>
            {gpus && <Th>{w.columns.gpu}</Th>}
            <Th>{w.columns.node}</Th>
          </Tr>
        </Thead>
        <Tbody>
          {members.map((m) => (
            <Tr key={m.source}>
              <Td dataLabel={w.columns.member}>{m.source}</Td>
              <Td dataLabel={w.columns.cpu}>
                <Share label={`${m.source}: ${w.columns.cpu}`} text={w.amount.cpu(m.cpuCores)} of={m.time === undefined ? undefined : [m.cpuCores, m.cpuLimitCores]} />
              </Td>
              <Td dataLabel={w.columns.memory}>
                <Share label={`${m.source}: ${w.columns.memory}`} text={w.amount.memory(m.memoryBytes / (1 << 30))} of={m.time === undefined ? undefined : [m.memoryBytes, m.memoryLimitBytes]} warns />
              </Td>
              {gpus && <Td dataLabel={w.columns.gpu}>{m.gpus?.map((g) => w.gpu(g.gpu, g.percent)).join(', ') ?? words.none}</Td>}
              <Td dataLabel={w.columns.node}>{m.node ?? words.none}</Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
    </>
  );
}

function Share({ label, text, of, warns = false }: { label: string; text: string; of: [number, number | undefined] | undefined; warns?: boolean }) {
  if (of === undefined) return w.unmeasured;
  const [used, limit] = of;
  if (!limit) return text;
  const percent = Math.min(100, Math.round((used / limit) * 100));
  return (
    <Progress
      aria-label={label}
      value={percent}
      size="sm"
      measureLocation={ProgressMeasureLocation.outside}
      label={w.share(text, percent)}
      {...(warns && percent >= near && { variant: ProgressVariant.warning })}
    />
  );
}
