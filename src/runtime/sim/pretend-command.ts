import type { SimProcess } from './sim-behaviour.ts';

/** Commands of one word or few that an engine without a kernel can tell the outcome of. */
type Statement =
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'print'; readonly text: string }
  | { readonly do: 'end'; readonly code: number }
  | { readonly do: 'runForever' };

const SECONDS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };
/** What a process takes to begin and to end. */
const LIFE_MS = 100;
/**
 * Whatever makes a script more than a list of plain commands: variables, pipes, redirections, loops, background, quotes
 * within words.
 */
const SHELL_SYNTAX = /[$`|<>(){}*?[\]\\#!]|(?<!&)&(?!&)|\b(?:while|for|if|until|case|trap|exec)\b/;

/**
 * What a container with this command does, for what a person writes to try something out: `true`, `false`, `exit 3`,
 * `sleep 20`, `echo hello`, alone or several of them in `sh -c` with `;` or `&&`. `undefined` for any other command:
 * what that does nobody knows without running it.
 */
export function pretendCommand(command: readonly string[]): SimProcess | undefined {
  const statements = statementsOf(command);
  if (statements === undefined) return undefined;
  const logs: { atMs: number; text: string }[] = [];
  let atMs = LIFE_MS;
  let code = 0;
  for (const statement of statements) {
    if (statement.do === 'runForever') return { logs };
    if (statement.do === 'wait') atMs += statement.ms;
    if (statement.do === 'print') logs.push({ atMs, text: statement.text });
    if (statement.do === 'end') {
      code = statement.code;
      break;
    }
  }
  return { logs, ports: [], exit: { afterMs: atMs, code } };
}

function statementsOf(command: readonly string[]): readonly Statement[] | undefined {
  const [shell = '', option, script] = command;
  if (!/^(?:\/bin\/)?(?:sh|bash|ash)$/.test(shell)) return allKnown([parseStatement(command, { isLast: true })]);
  if (script === undefined || option === undefined || !/^-[eux]*c$/.test(option) || command.length > 3)
    return undefined;
  if (SHELL_SYNTAX.test(script)) return undefined;
  const lines = script
    .split(/;|&&|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return allKnown(
    lines.map((line, index) => parseStatement(wordsOf(line), { isLast: index === lines.length - 1, isShell: true })),
  );
}

function allKnown(statements: readonly (Statement | undefined)[]): readonly Statement[] | undefined {
  const known = statements.filter((statement) => statement !== undefined);
  return known.length === statements.length && known.length > 0 ? known : undefined;
}

function parseStatement(
  words: readonly string[],
  { isLast, isShell = false }: { readonly isLast: boolean; readonly isShell?: boolean },
): Statement | undefined {
  const [path = '', ...args] = words;
  const program = path.replace(/^(?:\/usr)?\/bin\//, '');
  if (program === 'echo') return { do: 'print', text: args.join(' ') };
  if (program === 'sleep' && args.length === 1) return parseSleep(args[0] ?? '');
  // A failure in the middle ends a list with `&&` and does not end one with `;`: only that of the last command is the
  // script's.
  if (program === 'true' && args.length === 0) return isLast ? { do: 'end', code: 0 } : { do: 'wait', ms: 0 };
  if (program === 'false' && args.length === 0 && isLast) return { do: 'end', code: 1 };
  const code = Number(args[0] ?? 0);
  if (isShell && program === 'exit' && args.length <= 1 && Number.isInteger(code))
    return { do: 'end', code: code & 255 };
  return undefined;
}

function parseSleep(text: string): Statement | undefined {
  if (text === 'infinity') return { do: 'runForever' };
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(text) ?? [];
  return amount === undefined ? undefined : { do: 'wait', ms: Number(amount) * (SECONDS[unit] ?? 1) * 1_000 };
}

/** Words of a line, with one layer of quotes taken off. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  );
}
