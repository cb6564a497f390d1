import { Composer, isScalar, Lexer, parse, Parser, stringify, visit, YAMLParseError, type CST, type Document, type DocumentOptions, type LineCounter, type ParseOptions, type SchemaOptions, type Tags } from 'yaml';

// As kubectl, odh and the service read it: 0400 is octal, `on` is true, << merges; but a date stays text.
const dialect: SchemaOptions & DocumentOptions & ParseOptions = {
  version: '1.1',
  merge: true,
  customTags: (tags: Tags) => tags.filter((t) => typeof t === 'string' || (t.tag !== 'tag:yaml.org,2002:timestamp' && !('format' in t && t.format === 'TIME'))),
};

/** No manifest is nested deeper; what reads a text calls itself at each level, until the browser has no room left for that. */
const deepest = 200;

/** tokensOf are a text's, found without calling itself; undefined of one that is nested deeper. */
function tokensOf(text: string, lines: LineCounter): CST.Token[] | undefined {
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  lines.addNewLine(0);
  for (const word of new Lexer().lex(text)) {
    for (const token of parser.next(word)) tokens.push(token);
    if (parser.stack.length > deepest) return undefined;
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

/** documentOf reads a text with its mistakes; undefined of one that is nested too deep. */
export function documentOf(text: string, lines: LineCounter): Document.Parsed | undefined {
  const tokens = tokensOf(text, lines);
  if (!tokens) return undefined;
  // As the library's parseDocument does it, which would look for the tokens of a long text once more.
  // The library compares each key with all before it: of ten thousands, that takes minutes.
  const composer = new Composer({ ...dialect, uniqueKeys: false, prettyErrors: false });
  const [document, another] = composer.compose(tokens, true, text.length);
  if (!document) return undefined; // there always is one
  if (another) document.errors.push(new YAMLParseError([another.range[0], another.range[1]], 'MULTIPLE_DOCS', ''));
  document.errors = [...document.errors, ...repeated(document)].sort((x, y) => x.pos[0] - y.pos[0]);
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
