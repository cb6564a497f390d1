import { Button, FormGroup, TextArea } from '@patternfly/react-core';

import { Help } from '~/components/Help';
import { words } from '~/words/words';

interface Props {
  text: string;
  problem: string | undefined;
  /** Puts the whole MPIJob in; absent where there is none yet. */
  onWhole: (() => void) | undefined;
  onChange: (text: string) => void;
}

const w = words.create.yaml;

/** YamlInput is the job as text. */
export function YamlInput({ text, problem, onWhole, onChange }: Props) {
  return (
    <FormGroup label={w.label} fieldId="create-yaml">
      <TextArea
        id="create-yaml"
        className="create-yaml"
        value={text}
        rows={24}
        resizeOrientation="vertical"
        spellCheck={false}
        autoComplete="off"
        wrap="off"
        aria-describedby="create-yaml-help"
        validated={problem === undefined ? 'default' : 'error'}
        onChange={(_e, v) => onChange(v)}
      />
      <Help id="create-yaml-help" wrong={problem} text={w.help} live />
      {onWhole && (
        <Button variant="link" isInline onClick={onWhole}>
          {w.whole}
        </Button>
      )}
    </FormGroup>
  );
}
