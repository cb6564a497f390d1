import { Alert, AlertActionLink, Content } from '@patternfly/react-core';
import { useNavigate } from 'react-router-dom';

import { unanswered } from '~/api/problem';
import { pathOf } from '~/app/scope';
import { words } from '~/words/words';

import { ProblemView } from './ProblemView';

const w = words.clicks;

interface Props {
  error: unknown;
  /** What was asked for. All of it can be asked for again: it has a key, or its verb comes to the same. */
  click: keyof typeof w.texts;
  /** Asks for it again; absent where nothing is left to ask for. */
  onRetry?: (() => void) | undefined;
  /** The project in whose list one sees whether it is done, where that isn't the page below. */
  project?: string;
}

/** ClickProblem says why what one asked for isn't done; where there was no answer, that it may be, and what to do. */
export function ClickProblem({ error, click, onRetry, project }: Props) {
  const navigate = useNavigate();
  if (!unanswered(error)) return <ProblemView error={error} click />;
  return (
    <Alert
      variant="warning"
      isInline
      isLiveRegion
      title={w.title}
      component="h2"
      actionLinks={
        <>
          {onRetry && <AlertActionLink onClick={onRetry}>{words.tryAgain}</AlertActionLink>}
          {project !== undefined && <AlertActionLink onClick={() => navigate(pathOf(project, 'jobs'))}>{w.jobs}</AlertActionLink>}
        </>
      }
    >
      <Content component="p">{w.texts[click]}</Content>
    </Alert>
  );
}
