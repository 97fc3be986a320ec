import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { formatCompletion } from '../commands/completion.ts';
import { EXIT } from '../output/exit-codes.ts';
import { createProgram } from './create-program.ts';
import { checkUsage } from './usage-problems.ts';

const program = createProgram(() => {});

/** Commands that do something, by what a person types. */
function leaves(command: Command, path: readonly string[] = []): readonly (readonly [string, Command])[] {
  if (command.commands.length === 0) return [[path.join(' '), command]];
  return command.commands.flatMap((child) => leaves(child, [...path, child.name()]));
}

describe('usage', () => {
  test.each`
    args                                            | problems
    ${['get', 'pods']}                              | ${[]}
    ${['get', '--help', '--nonsense']}              | ${[]}
    ${['help', 'get']}                              | ${[]}
    ${['--version']}                                | ${[]}
    ${['exec', 'web', '--', 'ls', '-l', '--all']}   | ${[]}
    ${['exec', '-it', 'web', '--', 'sh']}           | ${[]}
    ${['get', 'pods', '-nshop', '-owide']}          | ${[]}
    ${['sync', '--no-wait', '--timeout=2m']}        | ${[]}
    ${['up', '--path', 'a', 'b', '--once']}         | ${[]}
    ${['kubectl', 'get', 'po', '-owide', '--nope']} | ${[]}
    ${['kubectl', '-n', 'shop', 'get', 'po']}       | ${[]}
    ${['gte']}                                      | ${['unknown command "gte"; did you mean "get"?']}
    ${['store', 'chekc']}                           | ${['unknown command "chekc"; did you mean "check"?']}
    ${['store']}                                    | ${['a command is missing; known are check, backup, restore']}
    ${['get']}                                      | ${['kinds is missing']}
    ${['exec', 'web']}                              | ${['command is missing']}
    ${['status', 'site', 'shop']}                   | ${['too many arguments: "site" "shop"']}
    ${['completion', 'tcsh']}                       | ${['shell must be one of bash, zsh, fish, not "tcsh"']}
    ${['logs', '--tail']}                           | ${['--tail needs a value']}
    ${['status', '--watch=yes']}                    | ${['--watch takes no value']}
    ${['status', '-x']}                             | ${['unknown option -x']}
  `('$args', ({ args, problems }) => {
    expect(checkUsage(program, args).problems).toEqual(problems);
  });

  test('all of a mistake’s problems are told at once', () => {
    const check = checkUsage(program, ['logs', '--taill', '5', '--since', 'soon', '--tail=many', 'a', 'b']);
    expect(check.command).toBe('berth logs');
    expect(check.problems).toEqual([
      'unknown option --taill; did you mean "--tail"?',
      '--since "soon": It is no duration; write it like 60s or 5m.',
      '--tail "many": It must be a whole number.',
      'too many arguments: "a" "b"',
    ]);
  });
});

describe('docs/cli.md', () => {
  const text = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
  const sections = new Map(
    text
      .split(/^#{2,3} /m)
      .slice(1)
      .map((section) => [section.split('\n', 1)[0] ?? '', section] as const),
  );
  const documented = [...sections.keys()].flatMap((title) => /^`berth (.*)`$/.exec(title)?.[1] ?? []);

  test('has a section for every command, and none for another', () => {
    expect([...documented].sort()).toEqual(
      leaves(program)
        .map(([name]) => name)
        .sort(),
    );
  });

  test.each(leaves(program))('berth %s: every option, and only those that there are', (name, command) => {
    const section = sections.get(`\`berth ${name}\``) ?? '';
    const options = command.options.filter(({ hidden }) => !hidden).map(({ long }) => long ?? '');
    expect(options.filter((option) => !section.includes(option))).toEqual([]);
    const known = new Set(leaves(program).flatMap(([, one]) => one.options.map(({ long }) => long)));
    expect(
      [...section.matchAll(/--[a-z][a-z-]+/g)].map(([option]) => option).filter((option) => !known.has(option)),
    ).toEqual([]);
  });

  test.each(leaves(program))('berth %s: every example of its help', (name, command) => {
    let help = '';
    command.configureOutput({ writeOut: (part) => (help += part) }).outputHelp();
    const examples = (help.split('Examples:\n')[1] ?? '')
      .trim()
      .split('\n')
      .map((line) => line.trim());
    expect(examples[0]).toContain('berth');
    if (name === 'up') return;
    expect(examples.filter((example) => !text.includes(`    ${example}`))).toEqual([]);
  });

  test('lists the exit codes', () => {
    const listed = [...text.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));
    expect(listed).toEqual([...new Set(Object.values(EXIT))].sort((a, b) => a - b));
  });
});

describe('completion', () => {
  test.each(['bash', 'zsh', 'fish'] as const)('%s knows every command', (shell) => {
    const script = formatCompletion(program, shell);
    for (const [name, command] of leaves(program)) {
      expect(script).toContain(name.split(' ').at(-1));
      for (const { long, hidden } of command.options) {
        if (!hidden) expect(script).toContain(shell === 'fish' ? `-l ${long?.slice(2)}` : long);
      }
    }
  });
});
