import { expect, test } from 'vitest';
import { type Diagnostic, printable, sortDiagnostics } from './diagnostic.ts';
import { countDiagnostics, formatDiagnostic, formatDiagnostics, limitDiagnostics } from './diagnostic-text.ts';
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
  expect(limitDiagnostics(all, 3)).toEqual({ diagnostics: [all[1], all[2], all[0]], omitted: 1 });
  expect(formatDiagnostics(all, 1)).toBe(
    'error[FieldUnknown]: m\n  --> a:2:1\n\n2 errors, 2 warnings (3 more not shown)\n',
  );
  expect(formatDiagnostics([])).toBe('');
  expect(countDiagnostics([error('a', 1)])).toBe('1 error');
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
