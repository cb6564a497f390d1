import { withSheets } from './sheets';

test('what is written into a style element becomes a sheet of the page, until it is dropped', () => {
  const written: string[] = [];
  vi.stubGlobal('CSSStyleSheet', class { replaceSync = (text: string) => written.push(text); });
  Object.defineProperty(document, 'adoptedStyleSheets', { configurable: true, writable: true, value: [] });
  let style = document.createElement('div') as HTMLElement;
  const drop = withSheets(() => {
    style = document.createElement('style');
    expect(document.createElement('div').tagName).toBe('DIV');
  });
  style.textContent = '.a { color: red }';
  expect(style.tagName).not.toBe('STYLE');
  expect(written).toEqual(['.a { color: red }']);
  expect(document.adoptedStyleSheets).toHaveLength(1);
  drop();
  expect(document.adoptedStyleSheets).toEqual([]);
  Reflect.deleteProperty(document, 'adoptedStyleSheets');
});

test('whatever happens, the page makes its elements as before', () => {
  expect(() => withSheets(() => {
    throw new Error('no');
  })).toThrow('no');
  expect(document.createElement('style').tagName).toBe('STYLE');
});
