import { isScalar, Lexer, parse, parseDocument, Parser, stringify, visit, YAMLParseError, type Document, type DocumentOptions, type LineCounter, type ParseOptions, type SchemaOptions, type Tags } from 'yaml';

// As kubectl, odh and the service read it: 0400 is octal, `on` is true, << merges; but a date stays text.
const dialect: SchemaOptions & DocumentOptions & ParseOptions = {
  version: '1.1',
  merge: true,
  customTags: (tags: Tags) => tags.filter((t) => typeof t === 'string' || (t.tag !== 'tag:yaml.org,2002:timestamp' && !('format' in t && t.format === 'TIME'))),
};

/** No manifest is nested deeper; what reads a text calls itself at each level, until the browser has no room left for that. */
const deepest = 200;

/** tooDeep says, without calling itself, that a text is nested too deep for documentOf. */
export function tooDeep(text: string): boolean {
  const parser = new Parser();
  for (const word of new Lexer().lex(text)) {
    Array.from(parser.next(word));
    if (parser.stack.length > deepest) return true;
  }
  return false;
}

/** documentOf reads a text with its mistakes. */
export function documentOf(text: string, lineCounter: LineCounter): Document.Parsed {
  // The library compares each key with all before it: of ten thousands, that takes minutes.
  const document = parseDocument(text, { ...dialect, lineCounter, uniqueKeys: false, prettyErrors: false });
  const twice = repeated(document);
  document.errors = [...document.errors, ...twice].sort((a, b) => a.pos[0] - b.pos[0]);
  return document;
}

/** repeated are the keys that a mapping has already. */
function repeated(document: Document.Parsed): YAMLParseError[] {
  const found: YAMLParseError[] = [];
  visit(document, {
    Map: (_key, map) => {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key) || key.value === '<<') continue;
        if (seen.has(key.value) && key.range) found.push(new YAMLParseError([key.range[0], key.range[1]], 'DUPLICATE_KEY', ''));
        seen.add(key.value);
      }
    },
  });
  return found;
}

/** fromYaml reads a text that a program wrote. */
export const fromYaml = (text: string): unknown => parse(text, dialect);

/** toYaml writes what every reader reads as it was: text that looks like anything else is quoted. */
export const toYaml = (value: unknown): string => stringify(value, { ...dialect, lineWidth: 0 });
