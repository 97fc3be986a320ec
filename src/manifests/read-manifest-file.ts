import { LIMITS } from '../lib/limits.ts';
import type { FieldProblem } from '../objects/field-problem.ts';
import { findKind, formatObject } from '../objects/kinds.ts';
import { BoundedProblems } from './bounded-problems.ts';
import type { FileDiagnostic } from './diagnostic.ts';
import { fieldDiagnostic } from './field-diagnostic.ts';
import { namespaceOf, verdictOf } from './judge-object.ts';
import type { CachedFile, CachedObject, ManifestCache } from './manifest-cache.ts';
import { type ParsedFile, type ParsedObject, parseFileSteps } from './parse/parse-manifest-file.ts';
import { SourceText } from './parse/source-text.ts';
import type { ModelValidators } from './validate/model-validators.ts';

/** A kind whose validator is to be loaded before its objects can be judged. */
export interface NeededKind {
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * Parses and judges one file; yields between pieces of work. Returns the kinds to load first instead, where there are
 * any.
 */
export function* readManifestFileSteps(
  bytes: Uint8Array,
  context: { readonly models: ModelValidators; readonly cache: ManifestCache },
): Generator<void, CachedFile | readonly NeededKind[]> {
  const parsed = yield* parseFileSteps(bytes);
  const needed = parsed.objects.filter((object) => isModelNeeded(object, context.models));
  if (needed.length > 0) return needed.map(({ apiVersion, kind }) => ({ apiVersion, kind }));
  const { text } = parsed;
  const reader = new ObjectReader(text, parsed, context);
  for (const [index, object] of parsed.objects.entries()) {
    reader.read(object);
    if (index % 16 === 15) yield;
  }
  return {
    text,
    objects: reader.objects,
    judged: reader.judged,
    diagnostics: reader.problems.items,
    omitted: reader.problems.omittedCount,
    passedOver: parsed.passedOver,
  };
}

export function isModelNeeded({ apiVersion, kind }: NeededKind, models: ModelValidators): boolean {
  const info = findKind(apiVersion, kind);
  return info !== undefined && info.support !== 'refused' && models.validatorOf(apiVersion, kind) === undefined;
}

class ObjectReader {
  readonly objects: CachedObject[] = [];
  readonly judged: string[] = [];
  readonly problems = new BoundedProblems<FileDiagnostic>(LIMITS.diagnostics);
  readonly #text: string;
  readonly #context: { readonly models: ModelValidators; readonly cache: ManifestCache };
  readonly #unreadLines: ReadonlySet<number>;
  #source: SourceText | undefined;

  constructor(
    text: string,
    parsed: ParsedFile,
    context: { readonly models: ModelValidators; readonly cache: ManifestCache },
  ) {
    this.#text = text;
    for (const diagnostic of parsed.diagnostics) this.problems.add(diagnostic.severity, '', () => diagnostic);
    this.problems.omit('', parsed.omitted);
    const errors = parsed.diagnostics.filter(({ severity }) => severity === 'error');
    this.#unreadLines = new Set(errors.map(({ line }) => line ?? -1));
    this.#context = context;
  }

  read(parsed: ParsedObject): void {
    const { judged, problems, content } = verdictOf(parsed, this.#context);
    this.judged.push(judged);
    for (const problem of problems) this.problems.add(problem.severity, '', () => this.#diagnose(parsed, problem));
    if (content === undefined) return;
    const { documentIndex, itemPath, line, column } = parsed;
    this.objects.push({ ...content, documentIndex, itemPath, line, column });
  }

  #diagnose(parsed: ParsedObject, problem: FieldProblem): FileDiagnostic | undefined {
    this.#source ??= new SourceText(this.#text);
    const namespace = namespaceOf(parsed);
    const name = { name: parsed.name ?? '', ...(namespace === undefined ? {} : { namespace }) };
    const object = formatObject({ kind: parsed.kind, ...name });
    const diagnostic = fieldDiagnostic(this.#source, parsed, object, problem);
    // A value that could not be read, such as a template, is not judged a second time.
    return this.#unreadLines.has(diagnostic.line ?? 0) ? undefined : diagnostic;
  }
}
