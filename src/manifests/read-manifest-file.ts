import { isJsonObject, type JsonObject } from '../lib/json.ts';
import { LIMITS } from '../lib/limits.ts';
import type { FieldProblem } from '../objects/field-problem.ts';
import { findKind, formatObject, storageKeyOf } from '../objects/kinds.ts';
import type { KubernetesObject } from '../objects/types.ts';
import { type FileDiagnostic, hasErrors } from './diagnostic.ts';
import { fieldDiagnostic } from './field-diagnostic.ts';
import type { CachedFile, CachedObject, CachedVerdict, ManifestCache } from './manifest-cache.ts';
import { normalizeManifest } from './normalize-manifest.ts';
import { decodeText } from './parse/decode-text.ts';
import { type ParsedFile, type ParsedObject, parseFileSteps } from './parse/parse-manifest-file.ts';
import { SourceText } from './parse/source-text.ts';
import type { ModelValidators } from './validate/model-validators.ts';
import { referencesOf } from './validate/references.ts';
import { validateObject } from './validate/validate-object.ts';

/** A kind whose validator is to be loaded before its objects can be judged. */
export interface NeededKind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Parses and judges one file; yields between pieces of work. Returns the kinds to load first instead, where there are any. */
export function* readManifestFileSteps(
  bytes: Uint8Array,
  context: { readonly models: ModelValidators; readonly cache: ManifestCache },
): Generator<void, CachedFile | readonly NeededKind[]> {
  const parsed = yield* parseFileSteps(bytes);
  const needed = parsed.objects.filter((object) => isModelNeeded(object, context.models));
  if (needed.length > 0) return needed.map(({ apiVersion, kind }) => ({ apiVersion, kind }));
  const text = decodeText(bytes).text ?? '';
  const reader = new ObjectReader(text, parsed, context);
  for (const [index, object] of parsed.objects.entries()) {
    reader.read(object);
    if (index % 16 === 15) yield;
  }
  return { text, objects: reader.objects, diagnostics: reader.diagnostics, passedOver: parsed.passedOver };
}

function isModelNeeded({ apiVersion, kind }: ParsedObject, models: ModelValidators): boolean {
  const info = findKind(apiVersion, kind);
  return info !== undefined && info.support !== 'refused' && models.validatorOf(apiVersion, kind) === undefined;
}

class ObjectReader {
  readonly objects: CachedObject[] = [];
  readonly diagnostics: FileDiagnostic[];
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
    this.diagnostics = [...parsed.diagnostics];
    this.#unreadLines = new Set(parsed.diagnostics.map((diagnostic) => diagnostic.line ?? -1));
    this.#context = context;
  }

  read(parsed: ParsedObject): void {
    const object: unknown = JSON.parse(parsed.json);
    if (!isJsonObject(object)) return;
    const verdict = this.#verdictOf(parsed, object);
    const info = findKind(parsed.apiVersion, parsed.kind);
    const namespace = info?.namespaced === true ? parsed.namespace || 'default' : undefined;
    for (const problem of verdict) this.#report(parsed, namespace, problem);
    if (info === undefined || info.support === 'refused' || !parsed.name) return;
    const normalized = normalizeManifest(object, info);
    this.objects.push({
      ...identityOf(parsed, parsed.name, namespace),
      documentIndex: parsed.documentIndex,
      itemPath: parsed.itemPath,
      line: parsed.line,
      column: parsed.column,
      json: JSON.stringify(normalized),
      references: referencesOf(normalized, namespace),
      isValid: !hasErrors(verdict),
    });
  }

  #verdictOf(parsed: ParsedObject, object: JsonObject): CachedVerdict {
    const { cache, models } = this.#context;
    const known = cache.verdict(parsed.json);
    if (known !== undefined) return known;
    const verdict = validateObject(object as unknown as KubernetesObject, { models, origin: 'manifest' });
    cache.setVerdict(parsed.json, verdict);
    return verdict;
  }

  #report(parsed: ParsedObject, namespace: string | undefined, problem: FieldProblem): void {
    if (this.diagnostics.length >= LIMITS.diagnostics) return;
    this.#source ??= new SourceText(this.#text);
    const name = { name: parsed.name ?? '', ...(namespace === undefined ? {} : { namespace }) };
    const object = formatObject({ kind: parsed.kind, ...name });
    const diagnostic = fieldDiagnostic(this.#source, parsed, object, problem);
    // A value that could not be read, such as a template, is not judged a second time.
    if (this.#unreadLines.has(diagnostic.line ?? 0)) return;
    this.diagnostics.push(diagnostic);
  }
}

function identityOf({ apiVersion, kind }: ParsedObject, name: string, namespace: string | undefined) {
  const key = storageKeyOf({ apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) });
  return { key, apiVersion, kind, namespace, name };
}
