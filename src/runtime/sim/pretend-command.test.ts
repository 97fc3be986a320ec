import { expect, test } from 'vitest';
import { pretendCommand } from './pretend-command.ts';

const sh = (script: string) => ['sh', '-c', script];

test.each<[what: string, command: readonly string[], exit: { afterMs: number; code: number }, logs: readonly string[]]>(
  [
    ['true', ['true'], { afterMs: 100, code: 0 }, []],
    ['false', ['/bin/false'], { afterMs: 100, code: 1 }, []],
    ['sleep', ['sleep', '20'], { afterMs: 20_100, code: 0 }, []],
    ['sleep with a unit', ['/bin/sleep', '1.5m'], { afterMs: 90_100, code: 0 }, []],
    ['echo', ['echo', 'hello', 'you'], { afterMs: 100, code: 0 }, ['100 hello you']],
    ['exit of a shell', sh('exit 3'), { afterMs: 100, code: 3 }, []],
    ['exit beyond a byte', sh('exit 256'), { afterMs: 100, code: 0 }, []],
    [
      'a list',
      sh('echo "it begins"; sleep 2 && echo on\nexit 7'),
      { afterMs: 2_100, code: 7 },
      ['100 it begins', '2100 on'],
    ],
    ['nothing after the exit', sh('exit 1; echo never'), { afterMs: 100, code: 1 }, []],
    ['the last of a list', sh('sleep 1; false'), { afterMs: 1_100, code: 1 }, []],
    ['a list that goes on', sh('true && sleep 3'), { afterMs: 3_100, code: 0 }, []],
    ['a shell with its path and options', ['/bin/bash', '-ec', 'exit 2'], { afterMs: 100, code: 2 }, []],
  ],
)('knows what becomes of %s', (_what, command, exit, logs) => {
  const process = pretendCommand(command);
  expect(process?.exit).toEqual(exit);
  expect(process?.logs?.map(({ atMs, text }) => `${atMs} ${text}`)).toEqual(logs);
});

test('runs on where the sleep has no end', () => {
  expect(pretendCommand(['sleep', 'infinity'])).toEqual({ logs: [] });
});

test.each<[what: string, command: readonly string[]]>([
  ['no command', []],
  ['another program', ['httpd', '-f']],
  ['a program beside known ones', sh('sleep 1; httpd -f')],
  ['a variable', sh('exit $CODE')],
  ['a pipe', sh('echo a | false')],
  ['a redirection', sh('echo a > /data/file')],
  ['a loop', sh('while true; do sleep 1; done')],
  ['a command in the background', sh('sleep 5 & exit 1')],
  ['a failure in the middle', sh('false; sleep 1')],
  ['exit without a shell', ['exit', '1']],
  ['a shell that reads a file', ['sh', '/run.sh']],
  ['a shell with arguments', ['sh', '-c', 'exit 1', 'name']],
  ['a sleep of two times', ['sleep', '1', '2']],
  ['an empty script', sh(' ')],
])('does not pretend to know %s', (_what, command) => {
  expect(pretendCommand(command)).toBeUndefined();
});
