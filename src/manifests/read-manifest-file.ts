import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { JsonObject } from '../lib/json.ts';
import { LIMITS } from '../lib/limits.ts';
import type { FieldProblem } from '../objects/field-problem.ts';
import { findKind, formatObject, storageKeyOf } from '../objects/kinds.ts';
import type { KubernetesObject } from '../objects/types.ts';
import { type FileDiagnostic, hasErrors } from './diagnostic.ts';
import { fieldDiagnostic } from './field-diagnostic.ts';
import type { CachedFile, CachedObject, CachedVerdict, ManifestCache, ObjectContent } from './manifest-cache.ts';
import { normalizeManifest } from './normalize-manifest.ts';
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
    diagnostics: reader.diagnostics,
    passedOver: parsed.passedOver,
  };
}

function isModelNeeded({ apiVersion, kind }: ParsedObject, models: ModelValidators): boolean {
  const info = findKind(apiVersion, kind);
  return info !== undefined && info.support !== 'refused' && models.validatorOf(apiVersion, kind) === undefined;
}

/** 128 bits: no two manifests of one box share them by chance. */
const DIGEST_LENGTH = 32;

class ObjectReader {
  readonly objects: CachedObject[] = [];
  readonly judged: string[] = [];
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
    const { judged, problems, content } = this.#verdictOf(parsed);
    this.judged.push(judged);
    for (const problem of problems) this.#report(parsed, problem);
    if (content === undefined) return;
    const { documentIndex, itemPath, line, column } = parsed;
    this.objects.push({ ...content, documentIndex, itemPath, line, column });
  }

  #verdictOf(parsed: ParsedObject): CachedVerdict {
    const { cache, models } = this.#context;
    const known = cache.verdict(parsed.json);
    if (known !== undefined) return known;
    const verdict = judge(parsed, models);
    cache.setVerdict(verdict);
    return verdict;
  }

  #report(parsed: ParsedObject, problem: FieldProblem): void {
    if (this.diagnostics.length >= LIMITS.diagnostics) return;
    this.#source ??= new SourceText(this.#text);
    const namespace = namespaceOf(parsed);
    const name = { name: parsed.name ?? '', ...(namespace === undefined ? {} : { namespace }) };
    const object = formatObject({ kind: parsed.kind, ...name });
    const diagnostic = fieldDiagnostic(this.#source, parsed, object, problem);
    // A value that could not be read, such as a template, is not judged a second time.
    if (this.#unreadLines.has(diagnostic.line ?? 0)) return;
    this.diagnostics.push(diagnostic);
  }
}

function judge(parsed: ParsedObject, models: ModelValidators): CachedVerdict {
  const object = JSON.parse(parsed.json) as JsonObject;
  const problems = validateObject(object as unknown as KubernetesObject, { models, origin: 'manifest' });
  const { apiVersion, kind, name } = parsed;
  const info = findKind(apiVersion, kind);
  if (info === undefined || info.support === 'refused' || !name)
    return { judged: parsed.json, problems, content: undefined };
  const namespace = namespaceOf(parsed);
  const normalized = normalizeManifest(object, info);
  const json = JSON.stringify(normalized);
  const content: ObjectContent = {
    key: storageKeyOf({ apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) }),
    apiVersion,
    kind,
    namespace,
    name,
    // Mostly nothing was to be normalised, and one of two equal texts is enough.
    json: json === parsed.json ? parsed.json : json,
    digest: bytesToHex(sha256(utf8ToBytes(json))).slice(0, DIGEST_LENGTH),
    references: referencesOf(normalized, namespace),
    isValid: !hasErrors(problems),
  };
  return { judged: parsed.json, problems, content };
}

/** The namespace that the object will be in; undefined for a kind that has none or is unknown. */
function namespaceOf({ apiVersion, kind, namespace }: ParsedObject): string | undefined {
  return findKind(apiVersion, kind)?.namespaced === true ? namespace || 'default' : undefined;
}
