import { Button, FormGroup } from '@patternfly/react-core';
import { FolderOpenIcon } from '@patternfly/react-icons';
import { useRef, useState } from 'react';

import { mebibytes } from '~/components/bytes';
import { Help } from '~/components/Help';
import { words } from '~/words/words';

import { codeOf, type Code } from './code';

interface Props {
  code: Code | undefined;
  /** Why the job can't take it along. */
  refused?: string | undefined;
  onChange: (code: Code | undefined) => void;
}

const w = words.create.code;

/** CodeInput chooses a folder that comes along with the job. */
export function CodeInput({ code, refused, onChange }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const last = useRef(0);
  const [unfit, setProblem] = useState<string>();
  const problem = refused ?? unfit;
  const choose = async (files: readonly File[]) => {
    if (files.length === 0) return;
    const turn = ++last.current;
    const chosen = await codeOf(files);
    if (turn !== last.current) return; // another one has been chosen since
    const bad = 'problem' in chosen;
    setProblem(bad ? chosen.problem : undefined);
    onChange(bad ? undefined : chosen);
  };
  return (
    <FormGroup role="group" label={w.label} fieldId="create-code">
      {/* The button below says what it is; a browser's own looks like nothing else here. */}
      <input
        ref={input}
        type="file"
        hidden
        aria-label={w.choose}
        data-testid="code"
        {...{ webkitdirectory: '' }}
        onChange={(e) => {
          void choose([...(e.target.files ?? [])]);
          e.target.value = '';
        }}
      />
      <Button id="create-code" variant="secondary" icon={<FolderOpenIcon />} onClick={() => input.current?.click()}>
        {w.choose}
      </Button>
      {code && (
        <>
          {' '}
          {w.chosen(code.folder, code.files.length, mebibytes(code.bytes))}{' '}
          <Button variant="link" isInline onClick={() => onChange(undefined)}>
            {w.remove}
          </Button>
        </>
      )}
      <Help wrong={problem} text={w.help} live />
    </FormGroup>
  );
}
