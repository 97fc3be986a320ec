import { compareText } from '../lib/compare-text.ts';
import type { ErrorCode } from '../lib/error-codes.ts';
import type { Excerpt } from '../lib/excerpt.ts';

export type { Excerpt } from '../lib/excerpt.ts';

/**
 * A stretch of one line of a file. Lines and columns count from 1, columns in UTF-16 units, `endColumn` is the first
 * one after it.
 */
export interface Span {
  readonly line: number;
  readonly column: number;
  readonly endColumn: number;
}

/** One problem of a commit, with its place. It never contains a secret's value. */
export interface Diagnostic {
  readonly code: ErrorCode;
  /** An error stops the application; a warning is shown. */
  readonly severity: 'error' | 'warning';
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly line?: number;
  readonly column?: number;
  readonly endColumn?: number;
  /** `Kind/namespace/name`, as far as it is known. */
  readonly object?: string;
  /** `spec.template.spec.containers[0].image`. */
  readonly field?: string;
  /** A clause that says what is wrong. */
  readonly message: string;
  readonly excerpt?: Excerpt;
  /** The next step, as a clause. */
  readonly help?: string;
  /** Storage key of an object that is not there: once it is, there is nothing to tell any more. */
  readonly missing?: string;
}

/** A diagnostic of a file whose path is not known yet: what a cache by content can keep. */
export type FileDiagnostic = Omit<Diagnostic, 'path'>;

/** Orders by path, then line, then column, then errors before warnings; equal places keep their order. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return [...diagnostics].sort(
    (a, b) =>
      compareText(a.path, b.path) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0) ||
      rankOf(a) - rankOf(b),
  );
}

function rankOf(diagnostic: Diagnostic): number {
  return diagnostic.severity === 'error' ? 0 : 1;
}

export function hasErrors(diagnostics: readonly { readonly severity: 'error' | 'warning' }[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}

/**
 * Control characters and marks that change the reading direction: printed to a terminal or a page they could hide or
 * fake text (CVE-2021-42574, escape sequences).
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Text from a repository, safe to print on one line: a tab becomes an arrow, everything else unprintable a dot. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (char) => (char === '\t' ? '→' : '·'));
}
