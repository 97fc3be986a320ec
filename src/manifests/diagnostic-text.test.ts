import { expect, test } from 'vitest';
import { type Diagnostic, printable, sortDiagnostics } from './diagnostic.ts';
import {
  countDiagnostics,
  formatDiagnostic,
  formatDiagnostics,
  formatOmitted,
  limitDiagnostics,
} from './diagnostic-text.ts';
import { makeExcerpt } from './parse/excerpt.ts';

const error = (path: string, line: number): Diagnostic => ({
  code: 'FieldUnknown',
  severity: 'error',
  path,
  line,
  column: 1,
  message: 'm',
});
const warning = (path: string, line: number): Diagnostic => ({ ...error(path, line), severity: 'warning' });

test('sorted by place, errors first at one place', () => {
  const sorted = sortDiagnostics([warning('b', 1), error('b', 1), error('a', 10), error('a', 9)]);
  expect(sorted.map((d) => `${d.path}${d.line}${d.severity[0]}`)).toEqual(['a9e', 'a10e', 'b1e', 'b1w']);
});

test('too many are counted, and errors are shown before warnings', () => {
  const all = [warning('a', 1), error('a', 2), error('a', 3), warning('a', 4)];
  expect(limitDiagnostics(all, 3)).toEqual({
    diagnostics: [all[1], all[2], all[0]],
    omitted: 1,
    omittedByPath: new Map([['a', 1]]),
  });
  expect(formatDiagnostics(all, 1)).toBe(
    'error[FieldUnknown]: m\n  --> a:2:1\n\n2 errors, 2 warnings (3 more not shown)\n',
  );
  expect(formatDiagnostics([])).toBe('');
  expect(countDiagnostics([error('a', 1)])).toBe('1 error');
});

test('of too many every file keeps its first ones, and each says how many are left out', () => {
  const many = (path: string, count: number) => Array.from({ length: count }, (_, index) => error(path, index + 1));
  const all = [...many('a', 700), ...many('b', 3), ...many('c', 400), warning('d', 1)];
  const { diagnostics, omitted, omittedByPath } = limitDiagnostics(all, 500);
  const shown = (path: string) => diagnostics.filter((one) => one.path === path).map(({ line }) => line);
  expect([shown('a').length, shown('b'), shown('c').length]).toEqual([249, [1, 2, 3], 248]);
  expect(shown('a')).toEqual(many('a', 249).map(({ line }) => line));
  expect(omitted).toBe(604);
  expect(omittedByPath).toEqual(
    new Map([
      ['a', 451],
      ['c', 152],
      ['d', 1],
    ]),
  );
  expect(formatOmitted(omittedByPath)).toBe('604 more are not shown:\n  a: 451\n  c: 152\n  d: 1\n');
  expect(formatOmitted(new Map())).toBe('');
  const files = Array.from({ length: 22 }, (_, index) => [`f${index + 10}`, 1] as const);
  expect(formatOmitted(new Map(files)).split('\n').slice(-3)).toEqual(['  f29: 1', '  and of 2 further files', '']);
});

test('the carets stand under what is meant, whatever the number of the line', () => {
  const excerpt = makeExcerpt('  replica: 2', { line: 123, column: 3, endColumn: 10 }, undefined);
  expect(
    formatDiagnostic({ ...error('a', 123), excerpt })
      .split('\n')
      .slice(2),
  ).toEqual(['     |', ' 123 |   replica: 2', '     |   ^^^^^^^']);
});

test('a long line is cut around its carets', () => {
  const line = `${'x'.repeat(500)}HERE${'y'.repeat(500)}`;
  const { text, caretStart, caretEnd } = makeExcerpt(line, { line: 1, column: 501, endColumn: 505 }, undefined);
  expect(text.length).toBeLessThan(130);
  expect(text.slice(caretStart, caretEnd)).toBe('HERE');
});

test('nothing that moves the cursor or turns text around reaches a terminal', () => {
  expect(printable('a\u001b[31m\u202eb\u0007\tc\u009b')).toBe('a·[31m·b·→c·');
});
