/**
 * xterm writes its colours and sizes into <style> elements, which our policy forbids as it does whatever else is no style
 * sheet of the service's own, and takes no nonce. While `open` runs, in which xterm makes them, it is given elements in
 * their place that keep their text as a style sheet made by script: what a script of ours may do anyway, so that the
 * policy stays as strict as it is. The function that it returns takes the sheets away again.
 */
export function withSheets(open: () => void): () => void {
  const sheets = new Set<CSSStyleSheet>();
  const original: (name: string) => HTMLElement = Reflect.get(document, 'createElement');
  const make = (name: string) => original.call(document, name);
  const style = () => {
    const sheet = new CSSStyleSheet();
    sheets.add(sheet);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    const element = make('span');
    element.hidden = true;
    Object.defineProperty(element, 'textContent', { set: (text: string) => sheet.replaceSync(text) });
    return element;
  };
  Object.defineProperty(document, 'createElement', { configurable: true, value: (name: string) => (name === 'style' ? style() : make(name)) });
  try {
    open();
  } finally {
    Reflect.deleteProperty(document, 'createElement');
  }
  return () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((s) => !sheets.has(s));
  };
}
