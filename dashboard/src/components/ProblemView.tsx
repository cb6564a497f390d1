import { Alert, AlertActionLink, List, ListItem, Content } from '@patternfly/react-core';

import { asProblem } from '~/api/problem';
import type { Problem } from '~/api/types';
import { words } from '~/words/words';

import { Marked } from './Marked';

interface Props {
  error: unknown;
  onRetry?: () => void;
  /** As part of a page that else shows something. */
  inline?: boolean;
  /** It is a click that was refused, and not something to see. */
  click?: boolean;
  /** What it is about was seen before. */
  seen?: boolean;
}

/** titleOf is a problem in a few words. That one may not see something is said in ours; a quota that refuses a job is no such thing. */
function titleOf({ code, title }: Problem, click: boolean, seen: boolean): string {
  if (code === 'Unreachable') return words.problems.noService;
  if (code !== 'Forbidden' || click) return title;
  return seen ? words.problems.noLonger : words.problems.noRight;
}

/** ProblemView says what went wrong, field by field, and how to mend it. */
export function ProblemView({ error, onRetry, inline = true, click = false, seen = false }: Props) {
  const { problem } = asProblem(error);
  // A detail that says the fields once more isn't shown, nor is how to ask the service itself again.
  const fields = problem.fields ?? [];
  const listed = fields.length > 0 && fields.every((f) => problem.detail.includes(f.message));
  return (
    <Alert
      variant="danger"
      isInline={inline}
      isLiveRegion={click} // it comes where nobody who listens is
      title={titleOf(problem, click, seen)}
      component="h2"
      actionLinks={onRetry && <AlertActionLink onClick={onRetry}>{words.tryAgain}</AlertActionLink>}
    >
      {!listed && <Content component="p">{problem.detail}</Content>}
      {problem.fields && problem.fields.length > 0 && (
        <List aria-label={words.problems.fields}>
          {problem.fields.map((f) => (
            <ListItem key={`${f.field ?? ''} ${f.message}`}>
              {f.field && <code>{f.field}</code>} {f.message}
            </ListItem>
          ))}
        </List>
      )}
      {!listed && problem.suggestions?.map((s) => (
        <Content component="p" key={s}>
          <Marked text={s} />
        </Content>
      ))}
    </Alert>
  );
}
