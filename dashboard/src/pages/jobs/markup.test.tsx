import { Checkbox, Label, MenuToggle } from '@patternfly/react-core';
import { EllipsisVIcon } from '@patternfly/react-icons';
import { Table, Tbody, Td, Tr } from '@patternfly/react-table';

import { look } from '~/components/look';
import { PhaseLabel } from '~/components/PhaseLabel';
import { job } from '~/test/fixtures';
import { show } from '~/test/render';
import { words } from '~/words/words';

import { columns } from './columns';
import { JobRow } from './JobRow';
import { phases } from './selection';

// What a row is made of is written out, by PatternFly's classes: these are compared with what PatternFly makes today.

/** What people and their tools know an element by. Ids are each one's own, and no cell of ours takes the focus. */
const compared = ['type', 'role', 'scope', 'title', 'data-label'];

/** outline is an element and all in it by line: its name, classes in order, and attributes that tell something. */
function outline(element: Element, depth = 0): string {
  const attributes = element
    .getAttributeNames()
    .filter((a) => a.startsWith('aria-') || compared.includes(a))
    .sort()
    .map((a) => ` ${a}="${element.getAttribute(a)}"`);
  const line = `${'  '.repeat(depth)}${element.tagName.toLowerCase()}.${[...element.classList].sort().join('.')}${attributes.join('')}`;
  return [line, ...[...element.children].map((c) => outline(c, depth + 1))].join('\n');
}

function only(container: Element, selector: string): Element {
  const [found, ...more] = container.querySelectorAll(selector);
  if (!found || more.length > 0) throw new Error(`not one ${selector} in ${container.innerHTML}`);
  return found;
}

test.each(phases)('the label of %s is PatternFly’s', (phase) => {
  const { color, Icon } = look(phase);
  const theirs = show(<Label variant="outline" color={color} icon={<Icon set="default" />}>{words.phases[phase]}</Label>);
  const ours = show(<PhaseLabel phase={phase} />);
  expect(outline(only(ours.container, '.pf-v6-c-label'))).toBe(outline(only(theirs.container, '.pf-v6-c-label')));
});

const one = job({ name: 'a' });
const plain = columns.filter((c) => c.key === 'creator' || c.key === 'gpus');

const inTable = (row: React.ReactNode) => (
  <Table variant="compact">
    <Tbody>{row}</Tbody>
  </Table>
);

test.each([true, false])('a row is PatternFly’s, selected: %s', (selected) => {
  const ours = show(inTable(<JobRow job={one} columns={plain} selected={selected} mayChange mayCreate onSelect={() => undefined} onAct={() => undefined} />));
  const theirs = show(
    inTable(
      <Tr>
        <Td className="pf-v6-c-table__check">
          <Checkbox id="select" aria-label={words.jobs.selectOne(one.name)} isChecked={selected} onChange={() => undefined} />
        </Td>
        {plain.map((c) => (
          <Td key={c.key} dataLabel={c.title} className={c.look ?? ''}>
            {c.cell(one)}
          </Td>
        ))}
        <Td isActionCell isStickyColumn>
          <MenuToggle variant="plain" icon={<EllipsisVIcon set="default" />} isExpanded={false} aria-label={words.actions.menu(one.name)} />
        </Td>
      </Tr>,
    ),
  );
  expect(outline(only(ours.container, 'tbody tr'))).toBe(outline(only(theirs.container, 'tbody tr')));
});
