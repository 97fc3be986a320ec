import type { YAMLError } from 'yaml';
import type { ErrorCode } from '../../lib/error-codes.ts';

/** A problem of a text at offsets; the message never quotes the text, which may be a secret. */
export interface TextProblem {
  readonly code: ErrorCode;
  readonly severity: 'error' | 'warning';
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly help?: string;
  /** Of a duplicate: where the first one stands. */
  readonly firstStart?: number;
}

interface Wording {
  readonly message: string;
  readonly help?: string;
}

/** The YAML library's codes, where its code alone says enough. */
const BY_CODE: Readonly<Partial<Record<YAMLError['code'], Wording>>> = {
  ALIAS_PROPS: { message: 'an alias can have no anchor and no tag of its own' },
  BAD_ALIAS: { message: 'an anchor or alias has no valid name' },
  BAD_DIRECTIVE: { message: 'this YAML directive is not valid', help: 'remove the line that starts with %' },
  BAD_DQ_ESCAPE: {
    message: 'this backslash sequence is not valid in double quotes',
    help: 'write two backslashes, or use single quotes',
  },
  BAD_INDENT: {
    message: 'the indentation fits no level above',
    help: 'line the key up with the other keys of its mapping, or indent it further than its parent',
  },
  BAD_SCALAR_START: {
    message: 'a value without quotes cannot start with this character',
    help: 'put the value in quotes',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a second "key:" stands on this line',
    help: 'put a value that contains ": " in quotes, or the nested mapping on a line of its own',
  },
  BLOCK_IN_FLOW: {
    message: 'indented YAML cannot stand inside brackets or braces',
    help: 'close the bracket, or write all of it in one of the two styles',
  },
  KEY_OVER_1024_CHARS: {
    message: 'a key is longer than 1024 characters',
    help: 'look for a missing ":" or quote',
  },
  MULTILINE_IMPLICIT_KEY: {
    message: 'this line is neither a "key: value" nor a list item',
    help: 'add the missing ":" (and a space after it), or indent the line under the text it continues',
  },
  MULTIPLE_ANCHORS: { message: 'a value can have only one anchor' },
  MULTIPLE_TAGS: { message: 'a value can have only one tag' },
  TAG_RESOLVE_FAILED: { message: 'this tag is not valid', help: 'remove the tag' },
};

/** Where one code stands for several mistakes: the first pattern that fits the library's message. */
const BY_MESSAGE: readonly (readonly [RegExp, Wording])[] = [
  [/Missing closing .quote/, { message: 'a quote is not closed', help: 'add the closing quote' }],
  [/must be sufficiently indented and end with a \]/, { message: 'a "[" is not closed', help: 'add the missing "]"' }],
  [/must be sufficiently indented and end with a \}/, { message: 'a "{" is not closed', help: 'add the missing "}"' }],
  [/must end with a \]/, { message: 'a "[" is not closed', help: 'add the missing "]"' }],
  [/must end with a \}/, { message: 'a "{" is not closed', help: 'add the missing "}"' }],
  [/Implicit map keys need to be followed/, { message: 'a key has no ":" after it', help: 'add ":" and a value' }],
  [/Missing , /, { message: 'a comma is missing between two items', help: 'add the comma' }],
  [/Unexpected ,|Unexpected empty item/, { message: 'there is a comma without an item before it', help: 'remove it' }],
  [/space after :/, { message: 'a space is missing after ":"', help: 'add the space' }],
  [
    /Comments must be separated/,
    { message: 'a space is missing before "#"', help: 'add the space, or quote the value' },
  ],
  [
    /Block scalar header/,
    { message: 'text follows "|" or ">" on the same line', help: 'start the text on the next line' },
  ],
  [
    /block-seq-ind/,
    { message: 'a list item stands where a value or key belongs', help: 'put the "-" on a line of its own' },
  ],
  [/Sequence item without - indicator/, { message: 'this list item has no "-"', help: 'add "- "' }],
  [
    /flow-(seq|map)-end/,
    { message: 'a closing bracket has no opening one', help: 'remove it, or put the value in quotes' },
  ],
  [/at node end|YAML stream|Not a YAML token/, { message: 'this does not continue what stands before it' }],
  [
    /directives-end/,
    { message: 'a line that starts with % needs "---" after it', help: 'remove the line or add "---"' },
  ],
  [
    /same line with directives-end/,
    { message: 'a mapping cannot start on the line of "---"', help: 'start a new line' },
  ],
  [/white space/, { message: 'a space is missing after a tag or anchor', help: 'add the space' }],
];

const TEMPLATE_HELP =
  'this looks like a template: commit the rendered result, or list the folder in .sourceignore when it is a chart';

/** Words a syntax error of the YAML library. `line` is the text of its first line. */
export function syntaxProblem(error: YAMLError, line: string): TextProblem {
  const [start, end] = error.pos;
  const place = { severity: 'error', start, end: Math.max(end, start + 1) } as const;
  if (error.code === 'TAB_AS_INDENT' || /^ *\t/.test(line)) {
    return {
      code: 'YamlTab',
      ...place,
      message: 'a tab is used as indentation, which YAML forbids',
      help: 'indent with spaces (two per level is usual)',
    };
  }
  if (/^(?:<{7} |={7}$|>{7} )/.test(line)) {
    const message = 'this line is the mark of a merge conflict';
    return { code: 'YamlSyntax', ...place, message, help: 'resolve the conflict and commit the result' };
  }
  const wording = BY_MESSAGE.find(([pattern]) => pattern.test(error.message))?.[1] ??
    BY_CODE[error.code] ?? { message: 'this is not valid YAML here' };
  const help = line.includes('{{') ? TEMPLATE_HELP : wording.help;
  return { code: 'YamlSyntax', ...place, message: wording.message, ...(help === undefined ? {} : { help }) };
}
