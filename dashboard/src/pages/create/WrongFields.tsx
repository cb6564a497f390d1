import { Alert, Button, List, ListItem } from '@patternfly/react-core';

import { words } from '~/words/words';

import { lists, order, type Key, type ListKey, type Problems } from './form';

/** WrongFields names the fields that are to be mended, and leads to each; it is read out as it comes and changes. */
export function WrongFields({ problems }: { problems: Problems }) {
  const wrong = order.filter((k) => problems[k] !== undefined);
  return (
    <div aria-live="polite">
      {wrong.length > 0 && (
        <Alert variant="danger" isInline component="h2" title={words.create.wrong(wrong.length)}>
          <List>
            {wrong.map((k) => (
              <ListItem key={k}>
                <Button variant="link" isInline onClick={() => go(k)}>
                  {isList(k) ? words.create.lists[k].label : words.create.fields[k].label}
                </Button>
              </ListItem>
            ))}
          </List>
        </Alert>
      )}
    </div>
  );
}

const isList = (k: Key | ListKey): k is ListKey => Object.hasOwn(lists, k);

/** go goes to a field; of several rows to the first that is wrong, or where another is added. */
function go(k: Key | ListKey) {
  const at = document.getElementById(`create-${k}`);
  const row = isList(k) ? at?.closest('[role="group"]')?.querySelector<HTMLElement>('[aria-invalid="true"]') : undefined;
  (row ?? at)?.focus();
}
