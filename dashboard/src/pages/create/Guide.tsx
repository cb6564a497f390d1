import { Card, CardHeader, CardTitle, Content, ExpandableSection, Gallery } from '@patternfly/react-core';
import { useId, useState } from 'react';

import { keep, kept } from '~/app/keep';
import { pathOf } from '~/app/scope';
import { LinkButton } from '~/components/LinkButton';
import { YamlBlock } from '~/components/YamlBlock';
import { words } from '~/words/words';

import { trainJob } from './trainJob';

const w = words.create.guide;
const saved = 'training-jobs-guide';

type Way = keyof typeof w.ways;
const ways = Object.keys(w.ways) as Way[];

/** The built-in template that each way of starting a program has. */
const templates: Partial<Record<Way, string>> = { mpirun: 'mpi', mpi4py: 'mpi4py', horovod: 'horovod', deepspeed: 'deepspeed' };

/** Guide asks how a program is started, and says which kind of job that is. Who closes it finds it closed from then on. */
export function Guide({ namespace }: { namespace: string }) {
  const [open, setOpen] = useState(() => kept(saved) !== 'closed');
  const [way, setWay] = useState<Way>();
  const question = useId();
  const toggle = (on: boolean) => {
    setOpen(on);
    keep(saved, on ? 'open' : 'closed');
  };
  return (
    <ExpandableSection className="create-guide" toggleText={w.title} isExpanded={open} onToggle={(_e, on) => toggle(on)}>
      <Content component="p" id={question}>
        {w.question}
      </Content>
      <Gallery hasGutter role="radiogroup" aria-labelledby={question} minWidths={{ default: '9rem' }}>
        {ways.map((k) => (
          <WayCard key={k} way={k} isChosen={k === way} onChoose={() => setWay(k)} />
        ))}
      </Gallery>
      <div aria-live="polite">{way && <Answer way={way} namespace={namespace} />}</div>
    </ExpandableSection>
  );
}

function WayCard({ way, isChosen, onChoose }: { way: Way; isChosen: boolean; onChoose: () => void }) {
  const id = useId();
  const { title, hint } = w.ways[way];
  return (
    <Card isCompact isSelectable isSelected={isChosen} id={id}>
      <CardHeader selectableActions={{ selectableActionId: `${id}-choice`, selectableActionAriaLabelledby: `${id}-title ${id}-hint`, name: 'guide', variant: 'single', isHidden: true, onChange: onChoose }}>
        <CardTitle id={`${id}-title`} subtitle={<span id={`${id}-hint`}>{hint}</span>}>
          {title}
        </CardTitle>
      </CardHeader>
    </Card>
  );
}

function Answer({ way, namespace }: { way: Way; namespace: string }) {
  const template = templates[way];
  return (
    <Content className="create-answer">
      <Content component="p">{w.ways[way].answer}</Content>
      {template && (
        <LinkButton variant="secondary" to={`${pathOf(namespace, 'create')}?template=${template}`}>
          {w.begin(template)}
        </LinkButton>
      )}
      {way === 'torchrun' && <YamlBlock text={trainJob(namespace)} file="trainjob.yaml" />}
    </Content>
  );
}
