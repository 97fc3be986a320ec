import { RenderError } from './problems.ts';

/** One step of the machine: it takes a character, or goes to several others without one. */
type State =
  | { readonly type: 'char'; readonly test: (code: number) => boolean; next: number }
  | { readonly type: 'split'; readonly next: number[] }
  | { readonly type: 'start' | 'end'; next: number }
  | { readonly type: 'match' };

/** States after counted repetitions are written out; RE2 has a limit of the same kind. */
const MAX_STATES = 10_000;
const MAX_REPEAT = 1000;

/**
 * A regular expression in Go's syntax, run in time proportional to pattern times text whatever the pattern is: a
 * repository must not be able to stop Berth with `(a+)+$`, which JavaScript's own expressions would let it.
 */
export function compilePattern(pattern: string, mode: 'whole' | 'search'): (text: string) => boolean {
  if (/^[\w-]*$/.test(pattern)) {
    return mode === 'whole' ? (text) => text === pattern : (text) => text.includes(pattern);
  }
  const states = new PatternParser(pattern).parse();
  return (text) => run(states, text, mode);
}

function run(states: readonly State[], text: string, mode: 'whole' | 'search'): boolean {
  const codes = Array.from(text, (char) => char.codePointAt(0) ?? 0);
  let current = new Set<number>();
  for (let at = 0; at <= codes.length; at++) {
    if (at === 0 || mode === 'search') enter(states, 0, at, codes.length, current);
    const isOver = at === codes.length;
    for (const index of current) if (states[index]?.type === 'match' && (mode === 'search' || isOver)) return true;
    const code = codes[at];
    if (code === undefined) return false;
    const next = new Set<number>();
    for (const index of current) {
      const state = states[index];
      if (state?.type === 'char' && state.test(code)) enter(states, state.next, at + 1, codes.length, next);
    }
    current = next;
  }
  return false;
}

/** Adds a state and all that are reached from it without a character. */
function enter(states: readonly State[], from: number, at: number, length: number, into: Set<number>): void {
  const stack = [from];
  for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
    if (into.has(index)) continue;
    into.add(index);
    const state = states[index];
    if (state?.type === 'split') stack.push(...state.next);
    else if (state?.type === 'start' && at === 0) stack.push(state.next);
    else if (state?.type === 'end' && at === length) stack.push(state.next);
  }
}

/** A part of the pattern that can be built, also several times: it gets where to go on and gives where it begins. */
type Part = (next: number) => number;

const CLASSES: Readonly<Record<string, (code: number) => boolean>> = {
  d: (code) => code >= 48 && code <= 57,
  w: (code) => (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122),
  s: (code) => code === 32 || (code >= 9 && code <= 13 && code !== 11),
};
const CONTROLS: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', a: '\x07' };

class PatternParser {
  readonly #pattern: string;
  readonly #states: State[] = [];
  #at = 0;
  #isCaseless = false;
  #isDotAll = false;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  /** The machine; state 0 is its start. */
  parse(): readonly State[] {
    const entries: number[] = [];
    this.#states.push({ type: 'split', next: entries });
    const part = this.#alternatives();
    if (this.#at < this.#pattern.length) this.#fail('a ) without its (');
    entries.push(part(this.#add({ type: 'match' })));
    return this.#states;
  }

  #fail(detail: string): never {
    throw new RenderError('RenderFailed', `${JSON.stringify(this.#pattern)} is no regular expression: ${detail}`, {
      help: 'correct the pattern; it is written as Go writes it and has to match the whole name',
    });
  }

  #add(state: State): number {
    if (this.#states.length >= MAX_STATES) this.#fail('it is too large');
    return this.#states.push(state) - 1;
  }

  #peek(text: string): boolean {
    return this.#pattern.startsWith(text, this.#at);
  }

  #take(text: string): boolean {
    if (!this.#peek(text)) return false;
    this.#at += text.length;
    return true;
  }

  #alternatives(): Part {
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) return only;
    return (next) => this.#add({ type: 'split', next: parts.map((part) => part(next)) });
  }

  #sequence(): Part {
    const parts: Part[] = [];
    while (this.#at < this.#pattern.length && !this.#peek('|') && !this.#peek(')')) parts.push(this.#repeated());
    return (next) => parts.reduceRight((after, part) => part(after), next);
  }

  #repeated(): Part {
    let part = this.#atom();
    for (;;) {
      const quantifier = this.#quantifier();
      if (quantifier === undefined) return part;
      const inner = part;
      part = (next) => this.#repeat(inner, quantifier, next);
    }
  }

  #quantifier(): { readonly min: number; readonly max: number } | undefined {
    let found: { min: number; max: number } | undefined;
    if (this.#take('*')) found = { min: 0, max: Number.POSITIVE_INFINITY };
    else if (this.#take('+')) found = { min: 1, max: Number.POSITIVE_INFINITY };
    else if (this.#take('?')) found = { min: 0, max: 1 };
    else {
      const match = /^\{(\d+)(,(\d*))?\}/.exec(this.#pattern.slice(this.#at, this.#at + 20));
      if (match === null) return undefined;
      this.#at += match[0].length;
      const min = Number(match[1]);
      const max = match[2] === undefined ? min : match[3] === '' ? Number.POSITIVE_INFINITY : Number(match[3]);
      if (min > MAX_REPEAT || (max !== Number.POSITIVE_INFINITY && (max > MAX_REPEAT || max < min))) {
        this.#fail('a repetition is out of bounds');
      }
      found = { min, max };
    }
    this.#take('?');
    return found;
  }

  #repeat(part: Part, { min, max }: { readonly min: number; readonly max: number }, next: number): number {
    let entry = next;
    if (max === Number.POSITIVE_INFINITY) {
      const exits = [next];
      const index = this.#add({ type: 'split', next: exits });
      exits.push(part(index));
      entry = index;
    } else {
      for (let count = min; count < max; count++) entry = this.#add({ type: 'split', next: [next, part(entry)] });
    }
    for (let count = 0; count < min; count++) entry = part(entry);
    return entry;
  }

  #atom(): Part {
    const char = this.#next();
    if (char === '(') return this.#group();
    if (char === '^') return (next) => this.#add({ type: 'start', next });
    if (char === '$') return (next) => this.#add({ type: 'end', next });
    if (char === '*' || char === '+' || char === '?') this.#fail(`nothing to repeat before ${char}`);
    const isDotAll = this.#isDotAll;
    const test =
      char === '.'
        ? (code: number) => isDotAll || code !== 10
        : char === '['
          ? this.#charClass()
          : char === '\\'
            ? this.#escape()
            : this.#literal(char);
    return (next) => this.#add({ type: 'char', test, next });
  }

  #next(): string {
    const char = String.fromCodePoint(this.#pattern.codePointAt(this.#at) ?? 0);
    this.#at += char.length;
    return char;
  }

  #literal(char: string): (code: number) => boolean {
    const code = char.codePointAt(0) ?? 0;
    if (!this.#isCaseless) return (other) => other === code;
    const [lower, upper] = [char.toLowerCase().codePointAt(0), char.toUpperCase().codePointAt(0)];
    return (other) => other === lower || other === upper;
  }

  #group(): Part {
    const flags = /^\?([ims]*)(:|\))/.exec(this.#pattern.slice(this.#at, this.#at + 8));
    const name = /^\?P?<\w+>/.exec(this.#pattern.slice(this.#at, this.#at + 100));
    const before = [this.#isCaseless, this.#isDotAll] as const;
    if (flags !== null) {
      this.#at += flags[0].length;
      this.#isCaseless ||= flags[1]?.includes('i') ?? false;
      this.#isDotAll ||= flags[1]?.includes('s') ?? false;
      if (flags[2] === ')') return (next) => next;
    } else if (name !== null) this.#at += name[0].length;
    else if (this.#peek('?')) this.#fail('this kind of group does not exist in Go');
    const part = this.#alternatives();
    if (!this.#take(')')) this.#fail('a ( without its )');
    [this.#isCaseless, this.#isDotAll] = before;
    return part;
  }

  #escape(): (code: number) => boolean {
    if (this.#at >= this.#pattern.length) this.#fail('it ends with a backslash');
    const char = this.#next();
    const known = CLASSES[char.toLowerCase()];
    if (known !== undefined) return char === char.toLowerCase() ? known : (code) => !known(code);
    const control = CONTROLS[char];
    if (control !== undefined) return this.#literal(control);
    if (/[a-zA-Z0-9]/.test(char)) this.#fail(`\\${char} is not known`);
    return this.#literal(char);
  }

  #charClass(): (code: number) => boolean {
    const isNegated = this.#take('^');
    const tests: ((code: number) => boolean)[] = [];
    for (let isFirst = true; isFirst || !this.#peek(']'); isFirst = false) {
      if (this.#at >= this.#pattern.length) this.#fail('a [ without its ]');
      tests.push(this.#classItem());
    }
    this.#take(']');
    return (code) => tests.some((test) => test(code)) !== isNegated;
  }

  #classItem(): (code: number) => boolean {
    const char = this.#next();
    if (char === '\\') {
      const next = this.#pattern[this.#at] ?? '';
      if (CLASSES[next.toLowerCase()] !== undefined) return this.#escape();
    }
    const first = char === '\\' ? this.#escapedChar() : char;
    if (!/^-[^\]]/.test(this.#pattern.slice(this.#at, this.#at + 2))) return this.#literal(first);
    this.#at += 1;
    const end = this.#next();
    const last = end === '\\' ? this.#escapedChar() : end;
    const [from, to] = [first.codePointAt(0) ?? 0, last.codePointAt(0) ?? 0];
    if (from > to) this.#fail(`the range ${first}-${last} is empty`);
    if (!this.#isCaseless) return (code) => code >= from && code <= to;
    return (code) => {
      const other = String.fromCodePoint(code);
      return [other.toLowerCase(), other.toUpperCase(), other].some((candidate) => {
        const value = candidate.codePointAt(0) ?? 0;
        return value >= from && value <= to;
      });
    };
  }

  #escapedChar(): string {
    const char = this.#next();
    return CONTROLS[char] ?? char;
  }
}
