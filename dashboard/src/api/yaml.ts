import { Lexer, parse, parseDocument, Parser, stringify, type DocumentOptions, type LineCounter, type ParseOptions, type SchemaOptions, type Tags } from 'yaml';

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
export const documentOf = (text: string, lineCounter: LineCounter) => parseDocument(text, { ...dialect, lineCounter, uniqueKeys: true, prettyErrors: false });

/** fromYaml reads a text that a program wrote. */
export const fromYaml = (text: string): unknown => parse(text, dialect);

/** toYaml writes what every reader reads as it was: text that looks like anything else is quoted. */
export const toYaml = (value: unknown): string => stringify(value, { ...dialect, lineWidth: 0 });
