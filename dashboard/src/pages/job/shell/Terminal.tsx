import '@xterm/xterm/css/xterm.css';

import { FitAddon } from '@xterm/addon-fit';
import { Terminal as XTerm } from '@xterm/xterm';
import { useEffect, useRef } from 'react';

import { Shell, type ShellEnd } from '~/api/shell';
import { words } from '~/words/words';

import { colours } from './colours';
import { withOwnFont } from './ownFont';
import { withSheets } from './sheets';
import './shell.css';

interface Props {
  path: string;
  /** Whether what is written is told to screen readers, line by line. */
  spoken: boolean;
  onOpen: () => void;
  onEnd: (end: ShellEnd) => void;
}

/** Terminal is one shell, from when it is shown until it isn't. After Escape the Tab key leads out of it. */
export default function Terminal({ path, spoken, onOpen, onEnd }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const term = useRef<XTerm>(undefined);
  const tell = useRef({ onOpen, onEnd });
  useEffect(() => {
    tell.current = { onOpen, onEnd };
  });

  useEffect(() => {
    const at = box.current;
    if (!at) return undefined;
    const of = getComputedStyle(document.documentElement);
    const t = new XTerm({
      fontFamily: of.getPropertyValue('--pf-t--global--font--family--mono') || 'monospace',
      fontSize: 13,
      cursorBlink: !window.matchMedia('(prefers-reduced-motion: reduce)').matches,
      minimumContrastRatio: 4.5, // what programs colour can be read in any theme
      scrollback: 5_000,
      theme: colours(),
    });
    term.current = t;
    const fit = new FitAddon();
    t.loadAddon(fit);
    const dropSheets = withSheets(() => t.open(at));
    t.textarea?.setAttribute('aria-label', words.job.shell.input);
    fit.fit();
    const waitNoMore = withOwnFont(t, () => fit.fit());
    let escaped = false;
    t.attachCustomKeyEventHandler((e) => {
      if (e.type !== 'keydown' || e.key === 'Shift') return true;
      const out = escaped && e.key === 'Tab';
      escaped = e.key === 'Escape';
      return !out;
    });
    const shell = new Shell(path, {
      onOpen: () => {
        shell.resize(t.cols, t.rows);
        t.focus();
        tell.current.onOpen();
      },
      onOutput: (bytes) => t.write(bytes),
      onEnd: (end) => {
        t.options.disableStdin = true;
        t.options.cursorBlink = false;
        tell.current.onEnd(end);
      },
    });
    t.onData((text) => shell.type(text));
    t.onResize(({ cols, rows }) => shell.resize(cols, rows));
    const sized = new ResizeObserver(() => fit.fit());
    sized.observe(at);
    const themed = new MutationObserver(() => (t.options.theme = colours()));
    themed.observe(document.documentElement, { attributeFilter: ['class'] });
    return () => {
      sized.disconnect();
      themed.disconnect();
      shell.close();
      waitNoMore();
      t.dispose();
      dropSheets();
    };
  }, [path]);

  useEffect(() => {
    if (term.current) term.current.options.screenReaderMode = spoken;
  }, [spoken, path]);

  return <div ref={box} className="shell" role="group" aria-label={words.job.shell.terminal} />;
}
