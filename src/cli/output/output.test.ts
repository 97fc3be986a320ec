import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { diffLines } from '../../report/tree/diff-lines.ts';
import { formatOutline } from '../describe/outline.ts';
import { parseListeners } from '../doctor/parse-listeners.ts';
import { formatUnit } from '../install/systemd-unit.ts';
import { reportError } from './report-error.ts';
import { createTerminal } from './terminal.ts';

describe('diffLines', () => {
  const show = (before: string, after: string) => diffLines(before, after).map(({ sign, text }) => `${sign}${text}`);

  test.each`
    before                   | after                    | lines
    ${'a\nb\nc\n'}           | ${'a\nx\nc\n'}           | ${[' a', '-b', '+x', ' c']}
    ${'a\n'}                 | ${'a\nb\n'}              | ${[' a', '+b']}
    ${'1\n2\n3\n4\n5\n6\n7'} | ${'1\n2\n3\n4\n5\n6\n8'} | ${[' …', ' 5', ' 6', '-7', '+8']}
    ${'x\ny'}                | ${'x\ny'}                | ${[' …']}
  `('$before → $after', ({ before, after, lines }) => {
    expect(show(before, after)).toEqual(lines);
  });

  test('does not compare what nobody reads', () => {
    expect(show('a\n'.repeat(1_000), 'b\n'.repeat(1_000))).toEqual([' 1000 lines become 1000 lines']);
  });
});

test('an outline aligns the values of one level and indents the next', () => {
  const text = formatOutline([
    ['Name', 'web'],
    ['Labels', ['a=1', 'b=2']],
    ['Gone', undefined],
    [
      'Containers',
      [
        [
          'app',
          [
            ['Image', 'x'],
            ['Args', ['first\nsecond']],
          ],
        ],
      ],
    ],
    ['None', []],
  ]);
  expect(text).toBe(`Name:    web
Labels:  a=1
         b=2
Containers:
  app:
    Image:  x
    Args:   first
            second
None:    <none>
`);
});

test('listeners are read as the kernel lists them', () => {
  const tcp = `  sl  local_address rem_address   st tx_queue
   0: 00000000:7580 00000000:0000 0A 00000000:00000000
   1: 0100007F:0035 00000000:0000 0A 00000000:00000000
   2: 0100007F:C350 0100007F:0035 01 00000000:00000000`;
  expect(parseListeners(tcp, 'tcp')).toEqual([
    { protocol: 'tcp', address: 'any', port: 30080 },
    { protocol: 'tcp', address: '127.0.0.1', port: 53 },
  ]);
  const udp6 = `  sl
   9: 00000000000000000000000000000000:0035 00000000000000000000000000000000:0000 07 0`;
  expect(parseListeners(udp6, 'udp6')).toEqual([{ protocol: 'udp', address: 'any', port: 53 }]);
});

test('the unit quotes paths, restarts Berth and never touches containers', () => {
  const unit = formatUnit({
    node: '/opt/my node/bin/node',
    script: '/srv/100%/berth.mjs',
    configurationFile: '/etc/berth/config.yaml',
  });
  expect(unit).toContain('ExecStart="/opt/my node/bin/node" "/srv/100%%/berth.mjs" up --config /etc/berth/config.yaml');
  expect(unit).toContain('KillMode=process');
  expect(unit).toContain('After=docker.service network-online.target');
  expect(unit).not.toMatch(/^(Requires|BindsTo|PartOf)=/m);
});

test('a terminal that was never told its size is taken for a usual one', () => {
  expect(createTerminal(Object.assign(new PassThrough(), { isTTY: true, columns: 0 }), {}).columns).toBe(100);
});

test.each`
  environment                | isTty    | isColored
  ${{}}                      | ${true}  | ${true}
  ${{}}                      | ${false} | ${false}
  ${{ NO_COLOR: '1' }}       | ${true}  | ${false}
  ${{ CLICOLOR_FORCE: '1' }} | ${false} | ${true}
  ${{ TERM: 'dumb' }}        | ${true}  | ${false}
`('colours: $environment on a terminal: $isTty', ({ environment, isTty, isColored }) => {
  const stream = Object.assign(new PassThrough(), { isTTY: isTty });
  expect(createTerminal(stream, environment).style('red', 'x') !== 'x').toBe(isColored);
});

test.each`
  reason               | code                       | help
  ${'RevisionMissing'} | ${'RevisionMissing'}       | ${'correct the revision'}
  ${'Unreachable'}     | ${'RepositoryUnreachable'} | ${'check the network'}
  ${'not of ours'}     | ${'RepositoryUnreachable'} | ${'check the network'}
`('what a repository rejected with keeps its cause and its next step: $reason', ({ reason, code, help }) => {
  const stream = new PassThrough();
  const thrown = Object.assign(new Error('there is no revision "x"'), { name: 'SourceError', reason });
  expect(reportError(thrown, createTerminal(stream, {}))).toBe(1);
  const text = String(stream.read());
  expect(text).toContain(`error[${code}]: there is no revision "x"\nhelp: ${help}`);
});
