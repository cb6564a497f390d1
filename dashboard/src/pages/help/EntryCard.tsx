import { Card, CardBody, CardTitle, Content, Label } from '@patternfly/react-core';
import { useEffect, useRef } from 'react';

import { Marked } from '~/components/Marked';
import { words } from '~/words/words';

import type { Entry } from './entries';

const w = words.help;

interface Props {
  entry: Entry;
  /** The address names it: it comes into view, and those who listen go on from it. */
  current: boolean;
}

/** EntryCard is one reason: what one sees, why, and what to do. */
export function EntryCard({ entry, current }: Props) {
  const card = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!current) return;
    card.current?.scrollIntoView({ block: 'start' });
    card.current?.focus({ preventScroll: true });
  }, [current]);
  const facts: [string, string | undefined][] = [
    [w.see, entry.see],
    [w.why, entry.why],
    [w.mend, entry.mend],
    [w.then, entry.then],
  ];
  return (
    <Card id={entry.reason} ref={card} component="section" tabIndex={-1} aria-labelledby={`${entry.reason}-title`} {...(current ? { className: 'help-current' } : {})}>
      <CardTitle component="h2" id={`${entry.reason}-title`}>
        {entry.title}
      </CardTitle>
      <CardBody>
        <Label isCompact variant="outline" className="help-reason">
          {entry.reason}
        </Label>
        <Content>
          {facts.map(
            ([head, text]) =>
              text && (
                <p key={head}>
                  <strong>{head}</strong> <Marked text={text} />
                </p>
              ),
          )}
        </Content>
      </CardBody>
    </Card>
  );
}
