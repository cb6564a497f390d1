import { Button, Label } from '@patternfly/react-core';
import { CubeIcon, UsersIcon } from '@patternfly/react-icons';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';

import type { Template } from '~/api/types';
import { pathOf } from '~/app/scope';
import { Ago } from '~/components/Ago';
import { LinkButton } from '~/components/LinkButton';
import { words } from '~/words/words';

import { shape } from './shape';

const w = words.templates;
const c = w.columns;

interface Props {
  namespace: string;
  templates: readonly Template[];
  mayCreate: boolean;
  mayDelete: boolean;
  onShow: (t: Template) => void;
  onDelete: (t: Template) => void;
}

/** TemplatesTable is the project's templates, and then the built-in ones. */
export function TemplatesTable({ namespace, templates, mayCreate, mayDelete, onShow, onDelete }: Props) {
  return (
    <Table aria-label={w.table} variant="compact" gridBreakPoint="grid-lg">
      <Thead>
        <Tr>
          <Th>{c.name}</Th>
          <Th width={40}>{c.description}</Th>
          <Th>{c.shape}</Th>
          <Th>{c.saved}</Th>
          <Th screenReaderText={c.actions} />
        </Tr>
      </Thead>
      <Tbody>
        {templates.map((t) => (
          <Tr key={`${t.name} ${String(t.builtIn)}`}>
            <Td dataLabel={c.name}>
              <strong>{t.name}</strong>
              <div>
                <Label isCompact variant="outline" icon={t.builtIn ? <CubeIcon /> : <UsersIcon />}>
                  {t.builtIn ? w.builtIn : w.own}
                </Label>
              </div>
            </Td>
            <Td dataLabel={c.description} modifier="breakWord">
              {t.description ?? words.none}
            </Td>
            <Td dataLabel={c.shape}>{shape(t)}</Td>
            <Td dataLabel={c.saved}>{t.created ? <Ago at={t.created} /> : words.none}</Td>
            <Td className="templates-actions">
              <Button variant="link" size="sm" aria-label={w.showName(t.name)} onClick={() => onShow(t)}>
                {w.show}
              </Button>
              {mayCreate && (
                <LinkButton variant="secondary" size="sm" to={`${pathOf(namespace, 'create')}?template=${encodeURIComponent(t.name)}`} aria-label={w.createFromName(t.name)}>
                  {w.createFrom}
                </LinkButton>
              )}
              {mayDelete && !t.builtIn && (
                <Button variant="link" size="sm" isDanger aria-label={w.deleteName(t.name)} onClick={() => onDelete(t)}>
                  {w.delete}
                </Button>
              )}
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
