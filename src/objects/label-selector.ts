import { labelValueProblems, qualifiedNameProblems } from './names.ts';

export type Labels = Readonly<Record<string, string>>;
export type LabelMatcher = (labels: Labels | undefined) => boolean;

export type LabelOperator = 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

/**
 * One condition on one label; all of a selector's must hold. `values` is sorted; `gt` and `lt` have one, `exists` and
 * `!` none.
 */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}

/** `metav1.LabelSelector`, as deployments and policies carry it. */
export interface LabelSelector {
  readonly matchLabels?: Labels | undefined;
  readonly matchExpressions?:
    | readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] | undefined }[]
    | undefined;
}

/** A selector that cannot be read; the message is in Kubernetes' words. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

const NO_LABELS: Labels = {};
const BINARY_OPERATORS = 'in, notin, =, ==, !=, gt, lt';

/**
 * Whether `labels` has every pair of `selector`: equality selectors as services and node selectors have them. Empty
 * matches all.
 */
export function matchesLabels(selector: Labels | undefined, labels: Labels | undefined): boolean {
  if (selector === undefined) return true;
  const given = labels ?? NO_LABELS;
  return Object.keys(selector).every((key) => Object.hasOwn(given, key) && given[key] === selector[key]);
}

/** Reads the text form: `app=web,tier in (a,b),!canary`. An empty text matches everything. Throws `SelectorError`. */
export function parseLabelSelector(text: string): LabelMatcher {
  return matcherOf(parseLabelRequirements(text));
}

/** Controllers ask with the same few texts again and again: so many are kept, and none that is unusually long. */
const KEPT_TEXTS = 1_000;
const KEPT_TEXT_CHARS = 500;
const parsedTexts = new Map<string, readonly LabelRequirement[]>();

/** The requirements of the text form. Throws `SelectorError`. */
export function parseLabelRequirements(text: string): readonly LabelRequirement[] {
  const known = parsedTexts.get(text);
  if (known !== undefined) return known;
  const requirements = Object.freeze(new SelectorParser(text).parse());
  if (text.length > KEPT_TEXT_CHARS) return requirements;
  if (parsedTexts.size >= KEPT_TEXTS) parsedTexts.clear();
  parsedTexts.set(text, requirements);
  return requirements;
}

/**
 * "A null label selector matches no objects, an empty one matches all" (metav1.LabelSelector). So does one that cannot
 * be read, as the API would refuse it and another version of Berth did not: "this object has an invalid selector, it
 * does not match the pod" (eviction, getPodDisruptionBudgets).
 */
export function matcherOfSelector(selector: LabelSelector | undefined | null): LabelMatcher {
  if (selector === undefined || selector === null) return () => false;
  const { matchLabels, matchExpressions } = selector;
  if (matchExpressions === undefined || matchExpressions.length === 0)
    return (labels) => matchesLabels(matchLabels, labels);
  try {
    return matcherOf(requirementsOf(selector));
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    return () => false;
  }
}

/** The requirements of a LabelSelector. Throws `SelectorError`. */
export function requirementsOf(selector: LabelSelector): readonly LabelRequirement[] {
  const pairs = Object.entries(selector.matchLabels ?? NO_LABELS).map(([key, value]) =>
    newRequirement(key, 'in', [value]),
  );
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values }) => {
    const known = SELECTOR_OPERATORS[operator];
    if (known === undefined) throw new SelectorError(`"${operator}" is not a valid label selector operator`);
    return newRequirement(key, known, values ?? []);
  });
  return [...pairs, ...expressions];
}

const SELECTOR_OPERATORS: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
  Gt: 'gt',
  Lt: 'lt',
};

/** The text form that means the same, as `kubectl describe` and list requests have it. */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  if (selector === undefined) return '';
  const known = formatted.get(selector);
  if (known !== undefined) return known;
  const text = requirementsOf(selector).map(formatRequirement).join(',');
  if (Object.isFrozen(selector)) formatted.set(selector, text);
  return text;
}

/** The same; `undefined` for a selector that cannot be read, which matches nothing. */
export function tryFormatLabelSelector(selector: LabelSelector | undefined): string | undefined {
  try {
    return formatLabelSelector(selector);
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    return undefined;
  }
}

/** Of selectors as the store has them. */
const formatted = new WeakMap<LabelSelector, string>();

function formatRequirement({ key, operator, values }: LabelRequirement): string {
  if (operator === 'exists') return key;
  if (operator === '!') return `!${key}`;
  if (operator === 'gt') return `${key}>${values[0]}`;
  if (operator === 'lt') return `${key}<${values[0]}`;
  if (operator === 'in' && values.length === 1) return `${key}=${values[0]}`;
  return `${key} ${operator} (${values.join(',')})`;
}

function newRequirement(key: string, operator: LabelOperator, values: readonly string[]): LabelRequirement {
  const [keyProblem] = qualifiedNameProblems(key);
  if (keyProblem !== undefined) throw new SelectorError(`key: Invalid value: ${JSON.stringify(key)}: ${keyProblem}`);
  const complain = (detail: string) => {
    throw new SelectorError(
      `values: Invalid value: [${values.map((value) => JSON.stringify(value)).join(', ')}]: ${detail}`,
    );
  };
  if ((operator === 'in' || operator === 'notin') && values.length === 0) {
    complain("for 'in', 'notin' operators, values set can't be empty");
  }
  if ((operator === 'exists' || operator === '!') && values.length > 0)
    complain('values set must be empty for exists and does not exist');
  if (operator === 'gt' || operator === 'lt') {
    if (values.length !== 1) complain("for 'Gt', 'Lt' operators, exactly one value is required");
    if (integerOf(values[0]) === undefined) complain("for 'Gt', 'Lt' operators, the value must be an integer");
  }
  for (const value of values) {
    const [problem] = labelValueProblems(value);
    if (problem !== undefined)
      throw new SelectorError(`values[0][${key}]: Invalid value: ${JSON.stringify(value)}: ${problem}`);
  }
  return { key, operator, values: [...new Set(values)].sort() };
}

function integerOf(text: string | undefined): bigint | undefined {
  return text !== undefined && /^[+-]?\d+$/.test(text) ? BigInt(text.replace('+', '')) : undefined;
}

/** A function that says whether labels meet all requirements. */
export function matcherOf(requirements: readonly LabelRequirement[]): LabelMatcher {
  return (labels) => {
    const given = labels ?? NO_LABELS;
    return requirements.every((requirement) => meets(requirement, given));
  };
}

/** "NotIn and DoesNotExist match objects without the key" (selector.go, Requirement.Matches). */
function meets({ key, operator, values }: LabelRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'in':
      return value !== undefined && values.includes(value);
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    default: {
      const given = integerOf(value);
      const bound = integerOf(values[0]);
      if (given === undefined || bound === undefined) return false;
      return operator === 'gt' ? given > bound : given < bound;
    }
  }
}

type Token = 'identifier' | 'end' | ')' | '(' | ',' | '!' | '==' | '=' | '!=' | '>' | '<' | 'in' | 'notin';
interface Lexeme {
  readonly token: Token;
  readonly text: string;
}

/** Splits the text into symbols and words. */
function lex(text: string): Lexeme[] {
  const lexemes: Lexeme[] = [];
  const pattern = /\s*(?:(==|!=|[=!(),<>])|([^\s=!(),<>]+))/gy;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const [, symbol, word] = match;
    if (symbol !== undefined) lexemes.push({ token: symbol as Token, text: symbol });
    else if (word === 'in' || word === 'notin') lexemes.push({ token: word, text: word });
    else if (word !== undefined) lexemes.push({ token: 'identifier', text: word });
  }
  lexemes.push({ token: 'end', text: '' });
  return lexemes;
}

const END: Lexeme = { token: 'end', text: '' };

/** The grammar of k8s.io/apimachinery/pkg/labels/selector.go with its error messages. */
class SelectorParser {
  readonly #lexemes: readonly Lexeme[];
  #position = 0;

  constructor(text: string) {
    this.#lexemes = lex(text);
  }

  parse(): readonly LabelRequirement[] {
    const requirements: LabelRequirement[] = [];
    for (;;) {
      const { token, text } = asWord(this.#peek());
      if (token === 'end') return requirements;
      if (token !== 'identifier' && token !== '!')
        throw new SelectorError(`found '${text}', expected: !, identifier, or 'end of string'`);
      requirements.push(this.#requirement());
      const separator = this.#next();
      if (separator.token === 'end') return requirements;
      if (separator.token !== ',')
        throw new SelectorError(`found '${separator.text}', expected: ',' or 'end of string'`);
      const after = asWord(this.#peek());
      if (after.token !== 'identifier' && after.token !== '!') {
        throw new SelectorError(`found '${after.text}', expected: identifier after ','`);
      }
    }
  }

  #requirement(): LabelRequirement {
    try {
      return this.#parseRequirement();
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      throw new SelectorError(`unable to parse requirement: ${error.message}`);
    }
  }

  #parseRequirement(): LabelRequirement {
    const isNegated = this.#peek().token === '!';
    if (isNegated) this.#next();
    const { token, text: key } = this.#nextWord();
    if (token !== 'identifier') throw new SelectorError(`found '${key}', expected: identifier`);
    const [problem] = qualifiedNameProblems(key);
    if (problem !== undefined) throw new SelectorError(`key: Invalid value: ${JSON.stringify(key)}: ${problem}`);
    if (isNegated) return newRequirement(key, '!', []);
    const after = this.#peek().token;
    if (after === 'end' || after === ',') return newRequirement(key, 'exists', []);
    const operator = this.#operator();
    const values = operator.isSet ? this.#valueList() : [this.#exactValue()];
    return newRequirement(key, operator.operator, values);
  }

  #operator(): { readonly operator: LabelOperator; readonly isSet: boolean } {
    const { token, text } = this.#next();
    switch (token) {
      case '=':
      case '==':
        return { operator: 'in', isSet: false };
      case '!=':
        return { operator: 'notin', isSet: false };
      case '>':
        return { operator: 'gt', isSet: false };
      case '<':
        return { operator: 'lt', isSet: false };
      case 'in':
      case 'notin':
        return { operator: token, isSet: true };
      default:
        throw new SelectorError(`found '${text}', expected: ${BINARY_OPERATORS}`);
    }
  }

  #exactValue(): string {
    const { token } = this.#peek();
    if (token === 'end' || token === ',') return '';
    const { token: found, text } = this.#nextWord();
    if (found !== 'identifier') throw new SelectorError(`found '${text}', expected: identifier`);
    return text;
  }

  /** A list in parentheses; an empty place between commas is the empty value. */
  #valueList(): string[] {
    const opening = this.#next();
    if (opening.token !== '(') throw new SelectorError(`found '${opening.text}' expected: '('`);
    const values: string[] = [];
    let expectsValue = true;
    for (;;) {
      const { token, text } = this.#nextWord();
      if (token === 'identifier' && expectsValue) {
        values.push(text);
        expectsValue = false;
      } else if (token === ',') {
        if (expectsValue) values.push('');
        expectsValue = true;
      } else if (token === ')') {
        if (expectsValue && values.length > 0) values.push('');
        return values;
      } else {
        throw new SelectorError(`found '${text}', expected: ${expectsValue ? "',', ')' or identifier" : "',' or ')'"}`);
      }
    }
  }

  #peek(): Lexeme {
    return this.#lexemes[this.#position] ?? END;
  }

  #next(): Lexeme {
    const lexeme = this.#peek();
    this.#position++;
    return lexeme;
  }

  /** The next lexeme where only a word can stand. */
  #nextWord(): Lexeme {
    return asWord(this.#next());
  }
}

/** `in` and `notin` are ordinary words where a key or a value stands. */
function asWord(lexeme: Lexeme): Lexeme {
  return lexeme.token === 'in' || lexeme.token === 'notin' ? { token: 'identifier', text: lexeme.text } : lexeme;
}
