import { Button, FormGroup, FormHelperText, HelperText, HelperTextItem, TextArea } from '@patternfly/react-core';
import { useRef } from 'react';

import { words } from '~/words/words';

import type { Told } from './yaml';

interface Props {
  text: string;
  problems: readonly Told[];
  /** The text is another one since: what is wrong with it may be so still, but elsewhere. */
  behind: boolean;
  /** Puts the whole MPIJob in; absent where there is none yet. */
  onWhole: (() => void) | undefined;
  onChange: (text: string) => void;
}

const w = words.create.yaml;

/** YamlInput is the job as text, with what is wrong with it at its lines. */
export function YamlInput({ text, problems, behind, onWhole, onChange }: Props) {
  const area = useRef<HTMLTextAreaElement>(null);
  return (
    <FormGroup label={w.label} fieldId="create-yaml">
      <TextArea
        ref={area}
        id="create-yaml"
        className="create-yaml"
        value={text}
        rows={24}
        resizeOrientation="vertical"
        spellCheck={false}
        autoComplete="off"
        wrap="off"
        aria-describedby="create-yaml-help"
        validated={problems.length === 0 ? 'default' : 'error'}
        onChange={(_e, v) => onChange(v)}
      />
      <FormHelperText>
        <HelperText id="create-yaml-help" className="create-told" isLiveRegion>
          {problems.length === 0 && <HelperTextItem>{w.help}</HelperTextItem>}
          {problems.map((p) => (
            <HelperTextItem key={`${p.line} ${p.column} ${p.field} ${p.message}`} variant="error">
              {p.line !== undefined && !behind && (
                <Button variant="link" isInline onClick={() => area.current && goTo(area.current, p.line ?? 1)}>
                  {w.at(p.line, p.column)}
                </Button>
              )}
              {p.line !== undefined && !behind && ': '}
              {p.field !== undefined && <code>{p.field}</code>} {p.message}
            </HelperTextItem>
          ))}
        </HelperText>
      </FormHelperText>
      {onWhole && (
        <Button variant="link" isInline onClick={onWhole}>
          {w.whole}
        </Button>
      )}
    </FormGroup>
  );
}

/** goTo selects a line, and brings it into view. */
function goTo(area: HTMLTextAreaElement, line: number) {
  const lines = area.value.split('\n');
  const start = lines.slice(0, line - 1).reduce((n, l) => n + l.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[line - 1] ?? '').length);
  area.scrollTop = (area.scrollHeight / lines.length) * Math.max(0, line - 4); // a few lines around it
}
