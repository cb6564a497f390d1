import { Alert, Button, Content, List, ListItem, type AlertProps } from '@patternfly/react-core';

import type { Verdict } from '~/api/types';
import { span } from '~/components/time';
import { ProblemView } from '~/components/ProblemView';
import { words } from '~/words/words';

const w = words.create.verdict;

const looks: Partial<Record<Verdict['outcome'], NonNullable<AlertProps['variant']>>> = { Fits: 'success', Waits: 'warning', Refused: 'danger' };

interface Props {
  verdict: Verdict | undefined;
  error: Error | null;
  /** Has the job ask for so many Workers; absent where its text is for who wrote it to change. */
  onWorkers?: ((n: number) => void) | undefined;
}

/** VerdictView says whether there is room for a job now, in numbers, and if not what would fit. */
export function VerdictView({ verdict, error, onWorkers }: Props) {
  if (error) return <ProblemView error={error} />;
  if (!verdict) return <Content component="p">{w.later}</Content>;
  const fewer = verdict.outcome === 'Waits' || verdict.outcome === 'Refused' ? (verdict.largestWorkers ?? 0) : 0;
  const checks = (verdict.checks ?? []).filter((c) => !verdict.message.includes(c.message)) // which says it;
  return (
    <Alert variant={looks[verdict.outcome] ?? 'info'} isInline isPlain component="h3" title={verdict.message}>
      {verdict.largestWorkers !== undefined && verdict.largestWorkers !== verdict.workers && <Content component="p">{w.largest(verdict.largestWorkers)}</Content>}
      {onWorkers && fewer > 0 && fewer < verdict.workers && (
        <Button variant="secondary" size="sm" onClick={() => onWorkers(fewer)}>
          {w.take(fewer)}
        </Button>
      )}
      {verdict.wait && <Content component="p">{w.wait(span(verdict.wait.seconds), verdict.wait.basis)}</Content>}
      {verdict.cost && <Content component="p">{w.cost(verdict.cost.text)}</Content>}
      {verdict.notes?.map((n) => (
        <Content component="p" key={n}>
          {n}
        </Content>
      ))}
      {(checks.length > 0 || (verdict.suggestions ?? []).length > 0) && (
        <List>
          {verdict.suggestions?.map((s) => <ListItem key={s}>{s}</ListItem>)}
          {checks.map((c) => (
            <ListItem key={`${c.name} ${c.message}`}>
              <strong>{c.name}</strong>: {c.message}
            </ListItem>
          ))}
        </List>
      )}
    </Alert>
  );
}
