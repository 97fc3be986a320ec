import type { Command, Option } from 'commander';
import { findSimilar } from '../../manifests/validate/did-you-mean.ts';
import { KUBECTL_COMMAND } from './kubectl-commands.ts';

/** What is wrong with a command line, and the command that it was meant for. */
export interface UsageCheck {
  /** `berth get`. */
  readonly command: string;
  readonly problems: readonly string[];
}

/**
 * Everything that is wrong with a command line at once, where commander would stop at the first. Asking for help is
 * never wrong.
 */
export function checkUsage(program: Command, args: readonly string[]): UsageCheck {
  const chain = [program.name()];
  let command = program;
  let rest = [...args];
  while (command.commands.length > 0) {
    const [word] = rest;
    if (word === undefined || word.startsWith('-')) break;
    if (command === program && word === 'help') return { command: 'berth', problems: [] };
    const child = command.commands.find((candidate) => candidate.name() === word || candidate.aliases().includes(word));
    if (child === undefined) {
      const names = command.commands.map((candidate) => candidate.name());
      const problem = `unknown command "${word}"${suggestion(word, names) || `; known are ${names.join(', ')}`}`;
      return { command: chain.join(' '), problems: [problem] };
    }
    command = child;
    chain.push(child.name());
    rest = rest.slice(1);
  }
  if (command.name() === KUBECTL_COMMAND) return { command: chain.join(' '), problems: [] };
  const scan = new ArgumentScan(command, command === program ? [versionOption(program)] : []);
  scan.run(rest);
  return { command: chain.join(' '), problems: scan.isHelp ? [] : scan.problems };
}

/** Commander registers `--version` among the options, so it is found there. */
function versionOption(program: Command): Option | undefined {
  return program.options.find((option) => option.long === '--version');
}

function suggestion(word: string, candidates: readonly string[]): string {
  const similar = findSimilar(word, candidates);
  return similar === undefined ? '' : `; did you mean "${similar}"?`;
}

/** One pass over the words after the command. */
class ArgumentScan {
  readonly problems: string[] = [];
  isHelp = false;
  readonly #command: Command;
  readonly #options: readonly Option[];
  readonly #operands: string[] = [];
  #isComplete = false;

  constructor(command: Command, more: readonly (Option | undefined)[]) {
    this.#command = command;
    this.#options = [...command.options, ...more.filter((option) => option !== undefined)];
    this.#isComplete = more.length > 0;
  }

  run(args: readonly string[]): void {
    const rest = [...args];
    for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
      if (word === '--') {
        this.#operands.push(...rest.splice(0));
      } else if (word === '-h' || word === '--help') {
        this.isHelp = true;
      } else if (word.startsWith('--')) {
        this.#long(word, rest);
      } else if (word.startsWith('-') && word.length > 1) {
        this.#short(word.slice(1), rest);
      } else {
        this.#operands.push(word);
      }
    }
    if (!this.#isComplete) this.#checkOperands();
  }

  #long(word: string, rest: string[]): void {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    const option = this.#options.find((candidate) => candidate.long === name);
    if (option === undefined) {
      const known = this.#options.flatMap(({ long, hidden }) => (long == null || hidden ? [] : [long]));
      this.problems.push(`unknown option ${name}${suggestion(name, [...known, '--help'])}`);
      return;
    }
    const value = equals < 0 ? undefined : word.slice(equals + 1);
    if (option.required || option.optional) this.#value(option, value, rest);
    else if (value !== undefined) this.problems.push(`${name} takes no value`);
  }

  #short(letters: string, rest: string[]): void {
    const letter = letters.charAt(0);
    const option = this.#options.find((candidate) => candidate.short === `-${letter}`);
    if (option === undefined) {
      this.problems.push(`unknown option -${letter}`);
    } else if (option.required || option.optional) {
      this.#value(option, letters.length > 1 ? letters.slice(1) : undefined, rest);
    } else if (letters.length > 1) {
      this.#short(letters.slice(1), rest);
    }
  }

  #value(option: Option, attached: string | undefined, rest: string[]): void {
    const values = [attached ?? rest.shift()];
    if (option.variadic && attached === undefined) {
      while (rest[0] !== undefined && !rest[0].startsWith('-')) values.push(rest.shift());
    }
    for (const value of values) {
      const problem = value === undefined ? 'needs a value' : problemOf(option.argChoices, option.parseArg, value);
      if (problem !== undefined) this.problems.push(`${option.long ?? option.flags} ${problem}`);
    }
  }

  #checkOperands(): void {
    const expected = this.#command.registeredArguments;
    if (this.#command.commands.length > 0) {
      this.problems.push(
        `a command is missing; known are ${this.#command.commands.map((one) => one.name()).join(', ')}`,
      );
      return;
    }
    expected.forEach((argument, index) => {
      const value = this.#operands[index];
      if (value === undefined && argument.required) this.problems.push(`${argument.name()} is missing`);
      if (value === undefined || argument.argChoices === undefined) return;
      const problem = problemOf(argument.argChoices, undefined, value);
      if (problem !== undefined) this.problems.push(`${argument.name()} ${problem}`);
    });
    if (expected.at(-1)?.variadic !== true && this.#operands.length > expected.length) {
      const surplus = this.#operands.slice(expected.length).map((word) => JSON.stringify(word));
      this.problems.push(`too many arguments: ${surplus.join(' ')}`);
    }
  }
}

function problemOf(
  choices: readonly string[] | undefined,
  parse: Option['parseArg'],
  value: string,
): string | undefined {
  if (choices !== undefined) {
    if (choices.includes(value)) return undefined;
    return `must be one of ${choices.join(', ')}, not "${value}"`;
  }
  try {
    parse?.(value, undefined);
    return undefined;
  } catch (error) {
    return `"${value}": ${error instanceof Error ? error.message : String(error)}`;
  }
}
