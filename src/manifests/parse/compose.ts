import { Composer, type Document, Lexer, type ParsedNode, Parser, type YAMLError } from 'yaml';
import { LIMITS } from '../../lib/limits.ts';

/** One YAML document as a tree of nodes with offsets, and what was wrong with its syntax. */
export interface ComposedDocument {
  readonly root: ParsedNode | null;
  readonly errors: readonly YAMLError[];
  /** Where it starts and ends in the text. */
  readonly range: readonly [number, number];
}

export interface ComposedFile {
  readonly documents: readonly ComposedDocument[];
  /** Why reading stopped before the end, and where; the documents before that place are there. */
  readonly stopped?: { readonly offset: number; readonly detail: string; readonly help: string };
}

/**
 * All scalars stay text here: `resolvePlainScalar` gives them their meaning. Duplicate keys are found by `nodeToJson`,
 * because the library compares each key with each other.
 */
const OPTIONS = {
  schema: 'failsafe',
  resolveKnownTags: false,
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const;

/**
 * Between an object's nesting and the parser's stack: the document, a scalar under construction, and keys that are
 * collections.
 */
const STACK_SLACK = 4;

const TOKENS_PER_STEP = 5000;

/**
 * Reads a text into documents; never throws. Yields between pieces of work of a few milliseconds.
 *
 * The nesting is checked while the parser's own stack grows: composing is recursive, and near the end of the stack V8
 * cannot compile a regular expression and ends the process instead of throwing.
 */
export function* composeSteps(text: string): Generator<void, ComposedFile> {
  const parser = new Parser();
  const composer = new Composer(OPTIONS);
  const documents: ComposedDocument[] = [];
  let tokens = 0;
  const stop = (detail: string, help: string): ComposedFile => ({
    documents,
    stopped: { offset: parser.offset, detail, help },
  });
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      for (const document of composer.next(token)) documents.push(composedDocument(document, text.length));
    }
    if (parser.stack.length > LIMITS.manifestDepth + STACK_SLACK) return stop(...TOO_DEEP);
    if (++tokens > LIMITS.manifestTokens) return stop(...TOO_MANY_TOKENS);
    if (documents.length > LIMITS.manifestDocumentsPerFile) return stop(...TOO_MANY_DOCUMENTS);
    if (tokens % TOKENS_PER_STEP === 0) yield;
  }
  for (const token of parser.end()) {
    for (const document of composer.next(token)) documents.push(composedDocument(document, text.length));
  }
  for (const document of composer.end()) documents.push(composedDocument(document, text.length));
  const leftover = composer.streamInfo().errors;
  if (leftover.length > 0) documents.push({ root: null, errors: leftover, range: [0, text.length] });
  return { documents };
}

const TOO_DEEP = [
  `the nesting is deeper than ${LIMITS.manifestDepth} levels (manifestDepth)`,
  'no Kubernetes object is that deep: look for a missing closing bracket',
] as const;
const TOO_MANY_TOKENS = [
  `the file has more than ${LIMITS.manifestTokens} words and marks (manifestTokens)`,
  'split the file',
] as const;
const TOO_MANY_DOCUMENTS = [
  `the file has more than ${LIMITS.manifestDocumentsPerFile} documents (manifestDocumentsPerFile)`,
  'split the file',
] as const;

/** Runs all steps at once. */
export function compose(text: string): ComposedFile {
  const steps = composeSteps(text);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

function composedDocument(document: Document.Parsed, textLength: number): ComposedDocument {
  const [start, , end] = document.range;
  return { root: document.contents, errors: document.errors, range: [start, Math.min(end, textLength)] };
}
