import { LIMITS } from '../../../lib/limits.ts';

/** A text with places to put values into. */
export type Template = readonly TemplatePart[];
export type TemplatePart = string | Expansion;

/** `${name}`, or with an operator: `${name:=default}`, `${name//old/new}`. */
export interface Expansion {
  readonly name: string;
  /** Empty for the value as it is; `#` without arguments is its length. */
  readonly operator: string;
  readonly args: readonly TemplatePart[];
  /** Where `${` stands. */
  readonly start: number;
}

/** An expansion that cannot be read. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly start: number;
  /** The next step where it is not to write the expansion right. */
  readonly help: string | undefined;

  constructor(message: string, start: number, help?: string) {
    super(message);
    this.start = start;
    this.help = help;
  }
}

const NAME_CHAR = /[\p{L}\p{Nd}_]/uy;

/**
 * Reads a text as Flux's `postBuild` does (github.com/fluxcd/pkg/envsubst/parse): `$$` is a dollar sign wherever it
 * stands, a dollar sign before anything but `{` is itself. Throws `TemplateError`.
 */
export function parseTemplate(text: string): Template {
  return new TemplateParser(text).parse();
}

class TemplateParser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Template {
    const parts: TemplatePart[] = [];
    while (this.#at < this.#text.length) {
      if (this.#text.startsWith('${', this.#at)) parts.push(this.#expansion());
      else parts.push(this.#readText(() => true, '$'));
    }
    return parts;
  }

  get #next(): string {
    return this.#text[this.#at] ?? '';
  }

  #fail(message: string, start: number): never {
    throw new TemplateError(message, start);
  }

  /**
   * Characters up to the first that is not accepted, or to the next expansion. `escapes`: what an escape may begin
   * with; `$$` is `$`, and `\/` and `\\` are the second character.
   */
  #readText(isAccepted: (char: string) => boolean, escapes: '' | '$' | '$\\'): string {
    let read = '';
    let copied = this.#at;
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#next;
      const following = this.#text[this.#at + 1];
      if (char === '$' && following === '{') break;
      const isPair = char === '$' ? following === '$' : following === '/' || following === '\\';
      if (isPair && escapes.includes(char)) {
        read += this.#text.slice(copied, this.#at);
        copied = ++this.#at;
      } else if (!isAccepted(char)) break;
    }
    return read + this.#text.slice(copied, this.#at);
  }

  #expansion(): Expansion {
    const start = this.#at;
    if (++this.#depth > LIMITS.variableDepth) {
      this.#fail(`variables nest deeper than ${LIMITS.variableDepth} levels (variableDepth)`, start);
    }
    this.#at += 2;
    const expansion = this.#next === '#' ? this.#length(start) : this.#named(start);
    this.#depth--;
    return expansion;
  }

  #length(start: number): Expansion {
    this.#at++;
    const name = this.#readName();
    if (name === '') this.#fail('a bad substitution: a name is missing behind ${#', start);
    this.#close(start);
    return { name, operator: '#', args: [], start };
  }

  #named(start: number): Expansion {
    const name = this.#readName();
    if (name === '') this.#fail('a variable has no name', start);
    const following = this.#text[this.#at + 1] ?? '';
    switch (this.#next) {
      case ':':
        return following !== '' && '=-?+'.includes(following)
          ? this.#default(name, `:${following}`, start)
          : this.#substring(name, start);
      case '=':
        return this.#default(name, '=', start);
      case ',':
      case '^': {
        const operator = this.#readOperator(/[,^]{1,2}/y);
        this.#close(start);
        return { name, operator, args: [], start };
      }
      case '/':
        return this.#replace(name, start);
      case '#':
      case '%': {
        const operator = this.#readOperator(this.#next === '#' ? /#{1,2}/y : /%{1,2}/y);
        const pattern = this.#argument(isNotClosing, '', start);
        this.#close(start);
        return { name, operator, args: [pattern], start };
      }
      case '}':
        this.#at++;
        return { name, operator: '', args: [], start };
      default:
        return this.#fail(`the closing brace of \${${name} is missing`, start);
    }
  }

  #readName(): string {
    const start = this.#at;
    NAME_CHAR.lastIndex = start;
    while (NAME_CHAR.test(this.#text)) this.#at = NAME_CHAR.lastIndex;
    return this.#text.slice(start, this.#at);
  }

  #readOperator(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const operator = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += operator.length;
    return operator;
  }

  #close(start: number): void {
    if (this.#next !== '}') this.#fail('a bad substitution: } is missing', start);
    this.#at++;
  }

  #argument(isAccepted: (char: string) => boolean, escapes: '' | '$\\', start: number): TemplatePart {
    if (this.#text.startsWith('${', this.#at)) return this.#expansion();
    const text = this.#readText(isAccepted, escapes);
    if (text === '') this.#fail('a bad substitution: an argument is missing', start);
    return text;
  }

  #default(name: string, operator: string, start: number): Expansion {
    this.#at += operator.length;
    const args: TemplatePart[] = [];
    while (this.#next !== '}') args.push(this.#argument(isNotClosing, '', start));
    this.#close(start);
    return { name, operator, args, start };
  }

  #substring(name: string, start: number): Expansion {
    this.#at++;
    const from = this.#argument((char) => char !== ':' && char !== '}', '', start);
    if (this.#next === '}') {
      this.#at++;
      return { name, operator: ':', args: [from], start };
    }
    if (this.#readOperator(/:+/y) === '') this.#fail('a bad substitution: } is missing', start);
    const length = this.#argument(isNotClosing, '', start);
    this.#close(start);
    return { name, operator: ':', args: [from, length], start };
  }

  #replace(name: string, start: number): Expansion {
    const operator = this.#readOperator(/\/[/#%]?/y);
    const pattern = this.#next === '/' ? '' : this.#argument((char) => char !== '/', '$\\', start);
    if (this.#readOperator(/\/+/y) === '') this.#fail('a bad substitution: / is missing behind the pattern', start);
    const args = [pattern, ...(this.#next === '}' ? [] : [this.#argument(isNotClosing, '$\\', start)])];
    this.#close(start);
    return { name, operator, args, start };
  }
}

function isNotClosing(char: string): boolean {
  return char !== '}';
}
