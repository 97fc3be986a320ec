import { compareText } from '../lib/compare-text.ts';
import { counted } from '../lib/counted.ts';
import { LIMITS } from '../lib/limits.ts';
import { BoundedProblems, countOmitted } from './bounded-problems.ts';
import type { Diagnostic } from './diagnostic.ts';

/** `path:line:col`, as far as it is known. */
export function formatDiagnosticPlace(diagnostic: Diagnostic): string {
  return [diagnostic.path, diagnostic.line, diagnostic.column].filter((part) => part !== undefined).join(':');
}

/**
 * One line, for logs, events and `git push` output:
 * `k8s/web.yaml:7:11: error[FieldUnknown]: …; did you mean "replicas"?`
 */
export function formatDiagnosticLine(diagnostic: Diagnostic): string {
  const object = diagnostic.object === undefined ? '' : `${diagnostic.object}: `;
  const help = diagnostic.help === undefined ? '' : `; ${diagnostic.help}`;
  return `${formatDiagnosticPlace(diagnostic)}: ${diagnostic.severity}[${diagnostic.code}]: ${object}${diagnostic.message}${help}`;
}

/**
 * The long form, as rustc prints its errors:
 *
 *     error[FieldUnknown]: Deployment/shop/web: unknown field "spec.replica"
 *       --> k8s/web.yaml:7:3
 *        |
 *      7 |   replica: 2
 *        |   ^^^^^^^
 *     help: did you mean "replicas"?
 */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const object = diagnostic.object === undefined ? '' : `${diagnostic.object}: `;
  const lines = [
    `${diagnostic.severity}[${diagnostic.code}]: ${object}${diagnostic.message}`,
    `  --> ${formatDiagnosticPlace(diagnostic)}`,
  ];
  const { excerpt } = diagnostic;
  if (excerpt !== undefined && diagnostic.line !== undefined) {
    const number = String(diagnostic.line);
    const gutter = `${' '.repeat(number.length + 1)} |`;
    const carets = `${' '.repeat(excerpt.caretStart)}${'^'.repeat(excerpt.caretEnd - excerpt.caretStart)}`;
    lines.push(gutter, ` ${number} | ${excerpt.text}`, `${gutter} ${carets}`);
  }
  if (diagnostic.help !== undefined) lines.push(`help: ${diagnostic.help}`);
  return lines.join('\n');
}

/**
 * All of them in the long form, in the order given, a blank line between; beyond `limit` they are counted, errors
 * first. The last line sums up: `2 errors, 1 warning`.
 */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], limit: number = LIMITS.diagnostics): string {
  if (diagnostics.length === 0) return '';
  const shown = limitDiagnostics(diagnostics, limit);
  const blocks = shown.diagnostics.map(formatDiagnostic);
  const rest = shown.omitted === 0 ? '' : ` (${shown.omitted} more not shown)`;
  return `${[...blocks, `${countDiagnostics(diagnostics)}${rest}`].join('\n\n')}\n`;
}

/** `2 errors, 1 warning`; an empty text when there is nothing. */
export function countDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error').length;
  const warnings = diagnostics.length - errors;
  return [
    ...(errors > 0 ? [counted(errors, 'error')] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
  ].join(', ');
}

export interface LimitedDiagnostics {
  readonly diagnostics: readonly Diagnostic[];
  readonly omitted: number;
  /** How many of each file were left out. */
  readonly omittedByPath: ReadonlyMap<string, number>;
}

/**
 * The first `limit` of them in their order; when they are too many, errors go before warnings, and the first of each
 * file before its further ones. `before`: how many of each file were left out already.
 */
export function limitDiagnostics(
  diagnostics: readonly Diagnostic[],
  limit: number = LIMITS.diagnostics,
  before: ReadonlyMap<string, number> = new Map(),
): LimitedDiagnostics {
  const report = new BoundedProblems<Diagnostic>(limit);
  for (const [path, count] of before) report.omit(path, count);
  for (const diagnostic of diagnostics) report.add(diagnostic.severity, diagnostic.path, () => diagnostic);
  const kept = diagnostics.length <= limit ? diagnostics : report.takeErrorsFirst();
  return { diagnostics: kept, omitted: report.omittedCount, omittedByPath: report.omitted };
}

/** Files that are named one by one when some of their problems are left out. */
const NAMED_FILES = 20;

/** How many of which file are not shown, a line each, those with the most first; an empty text where there are none. */
export function formatOmitted(omittedByPath: ReadonlyMap<string, number>): string {
  const files = [...omittedByPath].sort(([a, x], [b, y]) => y - x || compareText(a, b));
  if (files.length === 0) return '';
  const total = countOmitted(omittedByPath);
  const named = files.slice(0, NAMED_FILES).map(([path, count]) => `  ${path}: ${count}\n`);
  const rest = files.length - named.length;
  return `${total} more are not shown:\n${named.join('')}${rest === 0 ? '' : `  and of ${counted(rest, 'further file')}\n`}`;
}
