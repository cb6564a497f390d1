import type { Terminal } from '@xterm/xterm';

/**
 * withOwnFont has a terminal's cells measured once more when the page's own font is there, and says so: until then they
 * are as wide as those of the font in its place, and letters stand apart or together. The function that it returns ends
 * the waiting.
 */
export function withOwnFont(terminal: Terminal, measured: () => void): () => void {
  let waits = true;
  const { fontFamily = '', fontSize = 0 } = terminal.options;
  const fonts = ['', 'bold '].map((weight) => document.fonts.load(`${weight}${fontSize}px ${fontFamily}`));
  void Promise.allSettled(fonts).then(() => {
    if (!waits) return;
    terminal.options.fontFamily = 'monospace'; // one that is set again isn't measured
    terminal.options.fontFamily = fontFamily;
    measured();
  });
  return () => {
    waits = false;
  };
}
