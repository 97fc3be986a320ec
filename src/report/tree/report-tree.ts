import type { Finding, Severity } from '../../plan/findings/finding.ts';

/** A run of text. `code` is a name or a value, `place` a line of a file that some forms can link to. */
export type Span =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'strong'; readonly text: string }
  | { readonly kind: 'place'; readonly path: string; readonly line?: number; readonly column?: number };

/** One line of text. Nothing in it has a meaning to any form: each form escapes what it must. */
export type Rich = readonly Span[];

/** One line of a difference; `@` heads it, a blank sign is unchanged context. */
export interface DiffLine {
  readonly sign: '+' | '-' | ' ' | '@';
  readonly text: string;
}

export type Block =
  | { readonly kind: 'paragraph'; readonly line: Rich }
  | { readonly kind: 'list'; readonly items: readonly Rich[] }
  | { readonly kind: 'table'; readonly columns: readonly string[]; readonly rows: readonly (readonly Rich[])[] }
  | { readonly kind: 'picture'; readonly lines: readonly string[] }
  | { readonly kind: 'diff'; readonly lines: readonly DiffLine[] };

/**
 * What a leaf is about, in the order in which leaves are given up when there is no room: context first. Never the table
 * and never the errors, which are no leaves.
 */
export const LEAF_KINDS = ['diff', 'images', 'blast-radius', 'restarts', 'capacity', 'timeline'] as const;
export type LeafKind = (typeof LEAF_KINDS)[number];

/** The smallest part that is shown or left out whole. */
export interface Leaf {
  readonly kind: LeafKind;
  /** The worst finding about its object; the least severe goes first. */
  readonly severity: Severity | 'none';
  readonly blocks: readonly Block[];
  /** The same without unchanged context, where it has any. */
  readonly terse?: readonly Block[];
}

export interface Section {
  readonly title: Rich;
  /** What it is called where it is missing: `diff`, `images`. */
  readonly name: string;
  /** Only the block that fails is open. */
  readonly isOpen: boolean;
  readonly leaves: readonly Leaf[];
}

/** The report as every form draws it: from the worst news down to the details. */
export interface ReportTree {
  readonly symbol: '❌' | '⚠️' | '✅';
  readonly heading: Rich;
  /** What a reader must know of the report itself: live state that is stale, findings that are not shown. */
  readonly notes: readonly Rich[];
  /** Absent when nothing changes. */
  readonly table?: Extract<Block, { kind: 'table' }>;
  /** Worst first. */
  readonly findings: readonly Finding[];
  readonly sections: readonly Section[];
  readonly footer: Rich;
  /** The command that makes the report again. */
  readonly reproduce: string;
}

export function text(content: string): Span {
  return { kind: 'text', text: content };
}

export function code(content: string): Span {
  return { kind: 'code', text: content };
}

export function strong(content: string): Span {
  return { kind: 'strong', text: content };
}

export function place(path: string, line?: number, column?: number): Span {
  return { kind: 'place', path, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
}
