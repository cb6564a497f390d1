import { Alert, AlertActionLink, List, ListItem, Content } from '@patternfly/react-core';

import { asProblem } from '~/api/problem';
import { words } from '~/words/words';

interface Props {
  error: unknown;
  onRetry?: () => void;
  /** As part of a page that else shows something. */
  inline?: boolean;
}

/** ProblemView says what went wrong, field by field, and how to mend it. */
export function ProblemView({ error, onRetry, inline = true }: Props) {
  const { problem } = asProblem(error);
  const title = problem.status === 403 ? words.problems.noRight : problem.status === 0 && problem.code === 'Unreachable' ? words.problems.noService : problem.title;
  return (
    <Alert
      variant="danger"
      isInline={inline}
      title={title}
      component="h2"
      actionLinks={onRetry && <AlertActionLink onClick={onRetry}>{words.tryAgain}</AlertActionLink>}
    >
      <Content component="p">{problem.detail}</Content>
      {problem.fields && problem.fields.length > 0 && (
        <List aria-label={words.problems.fields}>
          {problem.fields.map((f) => (
            <ListItem key={`${f.field ?? ''} ${f.message}`}>
              {f.field && <code>{f.field}</code>} {f.message}
            </ListItem>
          ))}
        </List>
      )}
      {problem.suggestions?.map((s) => (
        <Content component="p" key={s}>
          {s}
        </Content>
      ))}
    </Alert>
  );
}
