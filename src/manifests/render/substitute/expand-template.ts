import { LIMITS } from '../../../lib/limits.ts';
import { matchBeginnings } from './match-glob.ts';
import { type Expansion, type Template, TemplateError, type TemplatePart } from './parse-template.ts';

/** What a name stands for; undefined for nothing. */
export type LookUp = (name: string) => string | undefined;

export interface ExpandOptions {
  /** Whether a variable that is neither set nor has a default is an error; else it is empty. */
  readonly isStrict?: boolean;
  /** Characters that may come out. */
  readonly maxLength: number;
}

/**
 * Puts values into a template, with the operators of Flux (github.com/fluxcd/pkg/envsubst): what bash does, on bytes
 * where it counts, except that `:?` and `:+` are plain defaults. Throws `TemplateError`.
 */
export function expandTemplate(template: Template, lookUp: LookUp, options: ExpandOptions): string {
  let expanded = '';
  for (const part of template) {
    expanded += expandPart(part, lookUp, options);
    if (expanded.length > options.maxLength) {
      const start = typeof part === 'string' ? 0 : part.start;
      throw new TemplateError(`more than ${options.maxLength} characters come out`, start);
    }
  }
  return expanded;
}

function expandPart(part: TemplatePart, lookUp: LookUp, options: ExpandOptions): string {
  if (typeof part === 'string') return part;
  const args = part.args.map((arg) => expandPart(arg, lookUp, options));
  const value = lookUp(part.name);
  if (value === undefined && options.isStrict === true && !DEFAULTS.has(part.operator)) {
    throw new TemplateError(`the variable ${part.name} is not set`, part.start);
  }
  const result = applyOperator(part, value ?? '', args, options.maxLength);
  if (result.length > options.maxLength) {
    throw new TemplateError(`more than ${options.maxLength} characters come out`, part.start);
  }
  return result;
}

const DEFAULTS: ReadonlySet<string> = new Set(['=', ':=', ':-', ':?', ':+']);

function applyOperator(
  { operator, start }: Expansion,
  value: string,
  args: readonly string[],
  maxLength: number,
): string {
  const [first = '', second = ''] = args;
  switch (operator) {
    case '#':
      return args.length === 0
        ? String(new TextEncoder().encode(value).length)
        : withoutBeginning(value, first, 'shortest', start);
    case '##':
      return withoutBeginning(value, first, 'longest', start);
    case '%':
      return reverse(withoutBeginning(reverse(value), reverse(first), 'shortest', start));
    case '%%':
      return reverse(withoutBeginning(reverse(value), reverse(first), 'longest', start));
    case ',':
      return changeFirst(value, lowerCase);
    case ',,':
      return Array.from(value, lowerCase).join('');
    case '^':
      return changeFirst(value, upperCase);
    case '^^':
      return Array.from(value, upperCase).join('');
    case ':':
      return substring(value, args);
    case '/':
      return replaceFirst(value, first, second);
    case '//':
      // Checked before, because the result could be longer than a text can be.
      if (value.length * second.length > maxLength) {
        throw new TemplateError('a value and its replacement are too long', start);
      }
      return first === '' ? interleave(value, second) : value.replaceAll(first, () => second);
    case '/#':
      return args.length === 2 && value.startsWith(first) ? replaceFirst(value, first, second) : value;
    case '/%':
      return args.length === 2 && value.endsWith(first) ? value.slice(0, value.length - first.length) + second : value;
    default:
      return value === '' ? args.join('') : value;
  }
}

/** Go maps each character to one: what would become two, as ß, stays. */
function upperCase(char: string): string {
  const upper = char.toUpperCase();
  return Array.from(upper).length === 1 ? upper : char;
}

function lowerCase(char: string): string {
  const lower = char.toLowerCase();
  return Array.from(lower).length === 1 ? lower : char;
}

function changeFirst(value: string, change: (char: string) => string): string {
  const [first = '', ...rest] = Array.from(value);
  return change(first) + rest.join('');
}

function reverse(value: string): string {
  return Array.from(value).reverse().join('');
}

function replaceFirst(value: string, from: string, to: string): string {
  return value.replace(from, () => to);
}

function interleave(value: string, between: string): string {
  return `${between}${Array.from(value, (char) => char + between).join('')}`;
}

function withoutBeginning(value: string, glob: string, which: 'shortest' | 'longest', start: number): string {
  const chars = Array.from(value);
  if (chars.length * glob.length > LIMITS.variablePatternSteps) {
    throw new TemplateError('a pattern and the value it is looked for in are too long (variablePatternSteps)', start);
  }
  // A beginning without any character takes nothing away.
  const lengths = (matchBeginnings(glob, chars) ?? []).filter((length) => length > 0);
  return chars.slice((which === 'shortest' ? lengths[0] : lengths.at(-1)) ?? 0).join('');
}

/** Where position or length are no numbers, the value stays whole. Both count bytes. */
function substring(value: string, [position = '', length]: readonly string[]): string {
  const from = wholeNumber(position);
  const count = length === undefined ? undefined : wholeNumber(length);
  if (from === undefined || (length !== undefined && count === undefined)) return value;
  const bytes = new TextEncoder().encode(value);
  const begin = from < 0 ? Math.max(bytes.length + from, 0) : from;
  const end = count === undefined ? bytes.length : count < 0 ? bytes.length + count : begin + count;
  return end <= begin ? '' : new TextDecoder().decode(bytes.subarray(begin, end));
}

function wholeNumber(text: string): number | undefined {
  const value = /^[-+]?\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}
