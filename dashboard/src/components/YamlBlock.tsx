import { Button, ClipboardCopyButton, CodeBlock, CodeBlockAction, CodeBlockCode } from '@patternfly/react-core';
import { DownloadIcon } from '@patternfly/react-icons';
import { useId, useState } from 'react';

import { words } from '~/words/words';

const w = words.job.yaml;

interface Props {
  text: string;
  /** What the file is called that is downloaded. */
  file: string;
}

/** YamlBlock is a text of YAML, to be copied or downloaded. */
export function YamlBlock({ text, file }: Props) {
  const [copied, setCopied] = useState(false);
  const id = useId();
  const copy = () => void navigator.clipboard.writeText(text).then(() => setCopied(true));
  const download = () => {
    const url = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }));
    const a = document.createElement('a');
    a.href = url;
    a.download = file;
    a.click();
    URL.revokeObjectURL(url);
  };
  return (
    <CodeBlock
      actions={
        <>
          <CodeBlockAction>
            <ClipboardCopyButton id={id} aria-label={w.copy} onClick={copy} variant="plain" onTooltipHidden={() => setCopied(false)}>
              {copied ? w.copied : w.copy}
            </ClipboardCopyButton>
          </CodeBlockAction>
          <CodeBlockAction>
            <Button variant="plain" aria-label={w.download} icon={<DownloadIcon />} onClick={download} />
          </CodeBlockAction>
        </>
      }
    >
      <CodeBlockCode>{text}</CodeBlockCode>
    </CodeBlock>
  );
}
