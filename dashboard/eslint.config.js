import js from '@eslint/js';
import a11y from 'eslint-plugin-jsx-a11y';
import hooks from 'eslint-plugin-react-hooks';
import ts from 'typescript-eslint';

const html = { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: 'Nothing is rendered as HTML.' };

// Another dashboard may pass the service on from elsewhere.
const address = { selector: 'TemplateElement:first-child[value.raw=/^\\/(api|session)/]', message: 'An address of the service begins with base, of src/api/base.ts.' };

// What one reads is in src/words: text between tags, whichever way it is written, and what attributes have read out or shown.
const letters = '/\\p{L}{2}/u';
const read = '/^(aria-(label|description|roledescription|valuetext)|alt|label|title|titleText|text|placeholder|content|description|helperText|header.*|body.*|footer.*|toggleText.*|categoryName|dataLabel|screen[rR]eaderText|.*(ButtonText|AriaLabel))$/';
const child = ':matches(JSXElement, JSXFragment) > JSXExpressionContainer';
const attribute = `JSXAttribute[name.name=${read}]`;
const either = ':matches(LogicalExpression, ConditionalExpression)';
const message = 'What is read is in src/words.';
const sentences = [
  `JSXText[value=${letters}]`,
  ...[`${child} >`, `${child} > ${either} >`, `${child} > ${either} > ConditionalExpression >`, `${attribute} >`, `${attribute} > JSXExpressionContainer >`, `${attribute} > JSXExpressionContainer > ${either} >`].flatMap((where) => [
    `${where} Literal[value=${letters}]`,
    `${where} TemplateLiteral > TemplateElement[value.raw=${letters}]`,
  ]),
].map((selector) => ({ selector, message }));
// Elsewhere a sentence is known by its capital and a space; what an Error says that nobody is meant to see has none.
const started = '/^\\p{Lu}\\S* .*\\p{L}{2}/su';
const elsewhere = [`Literal[value=${started}]`, `TemplateElement[value.raw=${started}]`].map((selector) => ({ selector, message }));

export default ts.config(
  { ignores: ['dist', '**/node_modules', 'src/api/schema.gen.ts'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [ts.configs.strictTypeChecked, ts.configs.stylisticTypeChecked, a11y.flatConfigs.recommended, hooks.configs.flat['recommended-latest']],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // What a log or a name holds is text, always.
      'no-restricted-syntax': ['error', html],
    },
  },
  { files: ['src/**/*.{ts,tsx}'], ignores: ['src/**/*.test.{ts,tsx}', 'src/test/**', 'src/words/**'], rules: { 'no-restricted-syntax': ['error', html, address, ...sentences, ...elsewhere] } },
  { files: ['**/*.mjs', '*.js'], languageOptions: { globals: { process: 'readonly', console: 'readonly' } } },
);
