/** One command of a scenario with what it is expected to print. */
export interface Step {
  /** First line of the command, 1-based. */
  readonly line: number;
  readonly command: string;
  /** What follows the command up to `----`: YAML, as a rule. */
  readonly input: string;
  readonly expected: string;
}

/** Comments and blank lines are kept, so that a file that is written anew differs in its expectations only. */
export type Part =
  | { readonly type: 'text'; readonly lines: readonly string[] }
  | { readonly type: 'step'; readonly step: Step };

const SEPARATOR = '----';

/**
 * Reads a scenario: commands, each followed by `----` and by what it prints, up to the next blank line. Lines that begin with `#` between the
 * commands are comments. The form is that of Cockroach's datadriven tests, as etcd-io/raft uses them.
 */
export function parseScenario(text: string): readonly Part[] {
  const lines = text.replace(/\n$/, '').split('\n');
  const parts: Part[] = [];
  let at = 0;
  while (at < lines.length) {
    if (isBetween(lines[at])) {
      const start = at;
      while (at < lines.length && isBetween(lines[at])) at++;
      parts.push({ type: 'text', lines: lines.slice(start, at) });
      continue;
    }
    const separator = lines.indexOf(SEPARATOR, at);
    if (separator < 0) throw new Error(`line ${at + 1}: the command has no ${SEPARATOR}`);
    const blank = lines.indexOf('', separator);
    const end = blank < 0 ? lines.length : blank;
    const [command = '', ...input] = lines.slice(at, separator);
    const expected = lines.slice(separator + 1, end).join('\n');
    parts.push({ type: 'step', step: { line: at + 1, command, input: input.join('\n'), expected } });
    at = end;
  }
  return parts;
}

function isBetween(line: string | undefined): boolean {
  return line === '' || line?.startsWith('#') === true;
}

/** The file with what each step has really printed. */
export function formatScenario(parts: readonly Part[], printed: ReadonlyMap<Step, string>): string {
  const lines = parts.flatMap((part) => {
    if (part.type === 'text') return part.lines;
    const { command, input } = part.step;
    const output = printed.get(part.step) ?? part.step.expected;
    return [command, ...(input === '' ? [] : [input]), SEPARATOR, ...(output === '' ? [] : [output])];
  });
  return `${lines.join('\n')}\n`;
}
