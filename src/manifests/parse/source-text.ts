import { isCollection, isMap, isScalar, type ParsedNode } from 'yaml';
import type { FieldPath } from '../../objects/field-problem.ts';
import type { Excerpt, FileDiagnostic, Span } from '../diagnostic.ts';
import { printable } from '../diagnostic.ts';
import { type ComposedFile, compose } from './compose.ts';
import { isSensitiveName, makeExcerpt } from './excerpt.ts';
import { findField } from './find-node.ts';
import { LineIndex } from './line-index.ts';
import { type SecretLines, secretLines } from './secret-lines.ts';

/** Where in its file an object stands: the document, and inside a `List` the way to its item. */
export interface ObjectPlace {
  readonly documentIndex: number;
  readonly itemPath: FieldPath;
}

export interface LocatedField extends Span {
  /** Whether the whole path exists in the text; else the place is that of its deepest parent. */
  readonly exists: boolean;
  /** The scalar as it is written, without quotes; undefined for anything else. */
  readonly source?: string;
  /** Whether the scalar has no quotes. */
  readonly isPlain?: boolean;
}

/**
 * A file's text with places. Reading it again costs about as much as the first time, so that one is made only for a
 * file with a problem and never kept.
 */
export class SourceText {
  readonly lines: LineIndex;
  #composed: ComposedFile | undefined;
  #secretLines: SecretLines | undefined;

  constructor(text: string, composed?: ComposedFile) {
    this.lines = new LineIndex(text);
    this.#composed = composed;
  }

  get composed(): ComposedFile {
    this.#composed ??= compose(this.lines.text);
    return this.#composed;
  }

  /** Place of a field's key or value; of its deepest parent where it does not exist. */
  locate(object: ObjectPlace, path: FieldPath, at: 'key' | 'value'): LocatedField {
    const root = this.composed.documents[object.documentIndex]?.root ?? null;
    const whole = [...object.itemPath, ...path];
    const found = findField(root, whole);
    const exists = found.depth === whole.length;
    const { key, value } = found;
    const isKeyMeant =
      at === 'key' || !exists || isCollection(value) || value === null || value.range[0] === value.range[1];
    const node = (isKeyMeant ? key : undefined) ?? firstLeaf(value) ?? key;
    const [start, end] = node?.range ?? this.composed.documents[object.documentIndex]?.range ?? [0, 0];
    const span = this.lines.spanOf(start, end);
    if (!isScalar(value) || !exists) return { ...span, exists };
    return { ...span, exists, source: String(value.value), isPlain: value.type === 'PLAIN' };
  }

  /**
   * Completes a diagnostic with its place and the excerpt of that line. `keep`: what is shown of the line before it is
   * masked.
   */
  diagnosticAt(span: Span, diagnostic: FileDiagnostic, options: { readonly keep?: number } = {}): FileDiagnostic {
    this.#secretLines ??= secretLines(this.composed, this.lines);
    const line = this.lines.lineText(span.line);
    const keep = this.#secretLines.get(span.line)?.keep ?? options.keep;
    return {
      ...diagnostic,
      message: printable(diagnostic.message),
      ...(diagnostic.help === undefined ? {} : { help: printable(diagnostic.help) }),
      line: span.line,
      column: span.column,
      endColumn: span.endColumn,
      excerpt: makeExcerpt(line, span, keep),
    };
  }

  /** The line of a field; of what is a secret by its kind, its name or its form only the key. */
  excerptOf(object: ObjectPlace, path: FieldPath, at: 'key' | 'value'): Excerpt | undefined {
    const located = this.locate(object, path, at);
    const draft = { code: 'Refused', severity: 'error', message: '' } as const;
    const keep = this.isSensitive(object, path) ? { keep: located.column - 1 } : {};
    return this.diagnosticAt(located, draft, keep).excerpt;
  }

  /** Whether the field is the literal value of an environment variable or argument with a sensitive name. */
  isSensitive(object: ObjectPlace, path: FieldPath): boolean {
    if (path.some((step) => typeof step === 'string' && isSensitiveName(step))) return true;
    if (path.at(-1) !== 'value') return false;
    const root = this.composed.documents[object.documentIndex]?.root ?? null;
    const name = findField(root, [...object.itemPath, ...path.slice(0, -1), 'name']).value;
    return isScalar(name) && isSensitiveName(String(name.value));
  }
}

/** The first key or scalar of a value: what a person looks at for the whole of it. */
function firstLeaf(node: ParsedNode | null): ParsedNode | null {
  let leaf = node;
  for (;;) {
    if (isMap(leaf)) {
      const key = leaf.items[0]?.key as ParsedNode | undefined;
      if (key === undefined) return leaf as ParsedNode;
      leaf = key;
    } else if (isCollection(leaf)) {
      const item = leaf.items[0] as ParsedNode | undefined;
      if (item === undefined) return leaf as ParsedNode;
      leaf = item;
    } else return leaf;
  }
}
