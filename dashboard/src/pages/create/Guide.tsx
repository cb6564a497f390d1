import { ExpandableSection, List, ListItem } from '@patternfly/react-core';
import { useState } from 'react';

import { words } from '~/words/words';

const w = words.create.guide;

/** Guide helps whoever doesn't know yet which kind of job is theirs. */
export function Guide() {
  const [open, setOpen] = useState(false);
  return (
    <ExpandableSection toggleText={w.title} isExpanded={open} onToggle={(_e, on) => setOpen(on)}>
      <List>
        {w.points.map((p) => (
          <ListItem key={p}>{p}</ListItem>
        ))}
      </List>
    </ExpandableSection>
  );
}
