import { assert } from '../lib/assert.ts';
import type { SourcePlace } from '../lib/errors.ts';
import { LIMITS } from '../lib/limits.ts';
import type { FieldPath } from '../objects/field-problem.ts';
import { formatFieldPath } from '../objects/field-problem.ts';
import { formatObject } from '../objects/kinds.ts';
import type { KubernetesObject } from '../objects/types.ts';
import { BoundedProblems } from './bounded-problems.ts';
import { type Diagnostic, type FileDiagnostic, type Span, sortDiagnostics } from './diagnostic.ts';
import {
  type JudgedRendering,
  judgeRenderingSteps,
  placeInRendering,
  type RenderedManifest,
  renderedDiagnostic,
} from './judge-rendering.ts';
import { LoadRecord } from './load-record.ts';
import type { CachedFile, CachedObject, ManifestCache } from './manifest-cache.ts';
import { fileTooLarge } from './parse/decode-text.ts';
import { decodeObject } from './parse/parse-manifest-file.ts';
import { SourceText } from './parse/source-text.ts';
import { changedFiles, type LoadMemory, patchLoad } from './patch-load.ts';
import { type NeededKind, readManifestFileSteps } from './read-manifest-file.ts';
import { recommentedFile } from './recommented-file.ts';
import type { RenderedObject } from './render/index.ts';
import type { ModelValidators } from './validate/model-validators.ts';
import { type SetOptions, type SetProblem, validateSet } from './validate/validate-set.ts';

/** One file of an application. */
export interface LoadFile {
  readonly path: string;
  readonly blobId: string;
  /** Needed only when the cache does not have the blob. */
  readonly bytes?: Uint8Array | undefined;
  /** What `read` made of the blob; spares the cache the duty to keep more than it has room for. */
  readonly content?: CachedFile | undefined;
  /** Set when the bytes were not read because there are too many. */
  readonly isTooLarge?: boolean;
}

/** An object of a file of the application. */
interface FileObject extends CachedObject {
  readonly path: string;
  readonly blobId: string;
}

/** A valid object of a commit, ready to be applied. Ask `objectOf` for the object itself. */
export type LoadedObject = FileObject | RenderedManifest;

export interface LoadOptions extends SetOptions {
  /** That of the last load of the same folder: where little changed since, little is done. */
  readonly memory?: LoadMemory | undefined;
  /** What was rendered and judged; its objects come after those of the files. */
  readonly renderings?: readonly JudgedRendering[];
}

export interface LoadCounts {
  readonly files: number;
  /** Files that were parsed now, and not taken from the cache. */
  readonly parsedFiles: number;
  readonly objects: number;
  /** Documents that are no Kubernetes objects. */
  readonly passedOver: number;
  /** Problems beyond the first thousands, which are only counted, by file. */
  readonly omittedDiagnostics: ReadonlyMap<string, number>;
}

export type LoadResult =
  /** What to read and load before loading again with it; nothing is lost, what was parsed is in the cache. */
  | { readonly type: 'needs'; readonly blobs: readonly string[]; readonly kinds: readonly NeededKind[] }
  | {
      readonly type: 'loaded';
      /** Valid ones, in the order of the files; none twice. */
      readonly objects: readonly LoadedObject[];
      /** Sorted by place. An error means that the application must not be applied. */
      readonly diagnostics: readonly Diagnostic[];
      readonly counts: LoadCounts;
      /** For the next load; `undefined` where that has to begin anew. */
      readonly memory: LoadMemory | undefined;
      /**
       * Indexes of the objects that are not those of the memory that was given; `undefined` when they were not
       * compared.
       */
      readonly changed: readonly number[] | undefined;
    };

const FILES_PER_STEP = 500;
/**
 * Of errors, and of warnings: what is kept of one load. Many more than anybody is shown, so that the limit never hides
 * an error.
 */
const MAX_DIAGNOSTICS = LIMITS.diagnostics * 10;

/**
 * Turns the files of an application into objects: parsed, validated, normalised, compared with each other. Pure and
 * restartable: `load` returns what it needs, the shell fetches it and calls again with the same list. Unchanged blobs
 * cost a look-up each.
 */
export class ManifestLoader {
  readonly #cache: ManifestCache;
  readonly #models: ModelValidators;
  /** The text that was read last with its nodes: problems come in bunches from one file. */
  #lastSource: { readonly blobId: string; readonly source: SourceText } | undefined;

  readonly #loaded = new WeakMap<CachedFile, { readonly path: string; readonly objects: readonly LoadedObject[] }>();
  /** By the list of a rendering's objects, which is the same one for as long as nothing that was rendered changes. */
  readonly #judged = new WeakMap<readonly RenderedObject[], JudgedRendering>();

  constructor(options: { readonly cache: ManifestCache; readonly models: ModelValidators }) {
    this.#cache = options.cache;
    this.#models = options.models;
  }

  /**
   * Runs in steps: each `next()` takes a few milliseconds at most, except that a single huge document is read in one.
   */
  *load(files: readonly LoadFile[], options: LoadOptions = {}): Generator<void, LoadResult> {
    if (files.length > LIMITS.applicationFiles) return tooManyFiles(files);
    const patched = yield* this.#patch(files, options);
    if (patched !== undefined) return patched;
    // All that is cached is taken first: reading new files may push old ones out of the cache.
    const read = files.map((file) =>
      file.isTooLarge === true ? tooLargeFile() : (file.content ?? this.#cache.file(file.blobId)),
    );
    const blobs = new Set<string>();
    const kinds = new Map<string, NeededKind>();
    let parsedFiles = 0;
    for (const [index, file] of files.entries()) {
      if (index % FILES_PER_STEP === FILES_PER_STEP - 1) yield;
      if (read[index] !== undefined) continue;
      if (file.bytes === undefined) {
        blobs.add(file.blobId);
        continue;
      }
      const result = yield* this.read(file.blobId, file.bytes);
      if (isCachedFile(result)) {
        read[index] = result;
        parsedFiles++;
      } else for (const kind of result) kinds.set(`${kind.apiVersion}/${kind.kind}`, kind);
      yield;
    }
    if (blobs.size > 0 || kinds.size > 0) return { type: 'needs', blobs: [...blobs], kinds: [...kinds.values()] };
    return yield* this.#combine(files, read, parsedFiles, options);
  }

  /**
   * Reads one blob, in steps as `load` does; returns the kinds to load validators of and to read again, where there are
   * any. `similarBlob` is what stood in its place before: where only comments changed, nothing is parsed.
   */
  *read(blobId: string, bytes: Uint8Array, similarBlob?: string): Generator<void, CachedFile | readonly NeededKind[]> {
    const known = this.#cache.file(blobId);
    if (known !== undefined) return known;
    const similar = similarBlob === undefined ? undefined : this.#cache.file(similarBlob);
    const recommented = similar && recommentedFile(similar, bytes);
    if (recommented !== undefined) {
      this.#cache.setFile(blobId, recommented);
      return recommented;
    }
    const result = yield* readManifestFileSteps(bytes, { cache: this.#cache, models: this.#models });
    if (isCachedFile(result)) this.#cache.setFile(blobId, result);
    return result;
  }

  /**
   * Judges what was rendered, in steps as `load` does; returns the kinds to load validators of and to judge again,
   * where there are any.
   */
  *judge(objects: readonly RenderedObject[]): Generator<void, JudgedRendering | readonly NeededKind[]> {
    const known = this.#judged.get(objects);
    if (known !== undefined) return known;
    const result = yield* judgeRenderingSteps(objects, { cache: this.#cache, models: this.#models });
    if (isJudged(result)) this.#judged.set(objects, result);
    return result;
  }

  /** The object itself, frozen. Costs a few microseconds each time. */
  objectOf(loaded: { readonly json: string }): KubernetesObject {
    return decodeObject(loaded);
  }

  /**
   * Where a field stands, or its deepest parent that is written; the object's first line once its file has left the
   * cache.
   */
  placeOf(loaded: LoadedObject, path: FieldPath, at: 'key' | 'value' = 'value'): SourcePlace & Span {
    if ('rendered' in loaded) return placeInRendering(loaded.rendered, path, at);
    const span = this.#sourceOf(loaded.blobId)?.locate(loaded, path, at);
    const { line, column } = span ?? loaded;
    const quote = () => this.#sourceOf(loaded.blobId)?.excerptOf(loaded, path, at);
    return { path: loaded.path, line, column, endColumn: span?.endColumn ?? column + 1, quote };
  }

  /**
   * What an earlier load and the files that are others since make together; `undefined` where everything has to be
   * looked at.
   */
  *#patch(
    files: readonly LoadFile[],
    { memory, renderings = [], exists }: LoadOptions,
  ): Generator<void, LoadResult | undefined> {
    if (memory === undefined || renderings.length > 0) return undefined;
    const changed = changedFiles(memory, files);
    if (changed === undefined) return undefined;
    const contents = new Map<LoadFile, CachedFile>();
    const blobs = new Set<string>();
    for (const index of changed) {
      const file = files[index];
      if (file === undefined) continue;
      const content = file.content ?? this.#cache.file(file.blobId);
      if (content !== undefined) contents.set(file, content);
      else if (file.bytes === undefined) blobs.add(file.blobId);
      else return undefined;
    }
    if (blobs.size > 0) return { type: 'needs', blobs: [...blobs], kinds: [] };
    const patch = yield* patchLoad(memory, files, changed, {
      contentOf: (file) => contents.get(file),
      objectsOf: (content, { path, blobId }) => this.#objectsOf(content, path, blobId),
      exists: (reference) => exists?.(reference) === true,
    });
    if (patch === undefined) return undefined;
    const { objects, diagnostics, passedOver } = patch.memory;
    const counts = {
      files: files.length,
      parsedFiles: 0,
      objects: objects.length,
      passedOver: [...passedOver.values()].reduce((sum, count) => sum + count, 0),
      omittedDiagnostics: new Map<string, number>(),
    };
    return { type: 'loaded', objects, diagnostics, counts, memory: patch.memory, changed: patch.changed };
  }

  *#combine(
    files: readonly LoadFile[],
    read: readonly (CachedFile | undefined)[],
    parsedFiles: number,
    options: LoadOptions,
  ): Generator<void, LoadResult> {
    const objects: LoadedObject[] = [];
    const report = new BoundedProblems<Diagnostic>(MAX_DIAGNOSTICS);
    const record = new LoadRecord(files);
    let passedOver = 0;
    for (const [index, { path, blobId }] of files.entries()) {
      const file = read[index];
      record.begin(index, objects.length);
      if (file === undefined) continue;
      for (const object of this.#objectsOf(file, path, blobId)) objects.push(object);
      for (const diagnostic of file.diagnostics) report.add(diagnostic.severity, path, () => ({ ...diagnostic, path }));
      report.omit(path, file.omitted);
      record.note(index, file);
      passedOver += file.passedOver;
      if (index % FILES_PER_STEP === FILES_PER_STEP - 1) yield;
    }
    record.begin(files.length, objects.length);
    for (const rendering of options.renderings ?? []) {
      for (const object of rendering.objects) objects.push(object);
      for (const diagnostic of rendering.diagnostics)
        report.add(diagnostic.severity, diagnostic.path, () => diagnostic);
      for (const [path, count] of rendering.omitted) report.omit(path, count);
    }
    yield;
    // What a broken document declares is unknown: nothing can be said to be missing.
    const isComplete = [...read, ...(options.renderings ?? [])].every((one) => isUnderstood(one?.diagnostics ?? []));
    const dropped = new Set<number>();
    for (const problem of validateSet(objects, { exists: record.watching(options.exists) })) {
      record.warn(problem.index);
      const member = objects[problem.index];
      if (member === undefined || (problem.type === 'missing' && !isComplete)) continue;
      if (problem.type === 'duplicate') dropped.add(problem.index);
      const first = problem.type === 'duplicate' ? objects[problem.firstIndex] : undefined;
      const severity = problem.type === 'duplicate' ? 'error' : 'warning';
      report.add(severity, member.path, () => this.#setDiagnostic(member, problem, first));
    }
    const unique = objects.filter((object, index) => object.isValid && !dropped.has(index));
    const omittedDiagnostics = report.omitted;
    const counts = { files: files.length, parsedFiles, objects: unique.length, passedOver, omittedDiagnostics };
    const diagnostics = sortDiagnostics(report.items);
    const isWhole =
      unique.length === objects.length && omittedDiagnostics.size === 0 && (options.renderings ?? []).length === 0;
    const hasErrors = diagnostics.some(({ severity }) => severity === 'error');
    assert(hasErrors || unique.length === objects.length, 'an object that is left out has an error');
    const memory = isWhole && !hasErrors ? record.toMemory(objects, diagnostics) : undefined;
    return { type: 'loaded', objects: unique, diagnostics, counts, memory, changed: undefined };
  }

  /** The objects of a file at its path; the same ones at the next commit. */
  #objectsOf(file: CachedFile, path: string, blobId: string): readonly LoadedObject[] {
    const known = this.#loaded.get(file);
    if (known?.path === path) return known.objects;
    const objects = file.objects.map((object) => ({ ...object, path, blobId }));
    this.#loaded.set(file, { path, objects });
    return objects;
  }

  #setDiagnostic(member: LoadedObject, problem: SetProblem, first: LoadedObject | undefined): Diagnostic {
    const path: FieldPath = problem.type === 'duplicate' ? ['metadata', 'name'] : problem.path;
    const draft = problem.type === 'duplicate' ? duplicateOf(member, first) : missingOf(problem);
    const diagnostic: FileDiagnostic = { ...draft, object: formatObject(nameOf(member)), field: formatFieldPath(path) };
    if ('rendered' in member) return renderedDiagnostic(member.rendered, diagnostic, path, 'value');
    const source = this.#sourceOf(member.blobId);
    const { line, column } = member;
    if (source === undefined) return { ...diagnostic, path: member.path, line, column };
    return { ...source.diagnosticAt(source.locate(member, path, 'value'), diagnostic), path: member.path };
  }

  #sourceOf(blobId: string): SourceText | undefined {
    if (this.#lastSource?.blobId === blobId) return this.#lastSource.source;
    const file = this.#cache.file(blobId);
    if (file === undefined) return undefined;
    const source = new SourceText(file.text);
    this.#lastSource = { blobId, source };
    return source;
  }
}

/** Whether every document could be read: a problem of one that could not has no object. */
function isUnderstood(diagnostics: readonly FileDiagnostic[]): boolean {
  return !diagnostics.some(({ severity, object }) => severity === 'error' && object === undefined);
}

export function isCachedFile(result: CachedFile | readonly NeededKind[]): result is CachedFile {
  return !Array.isArray(result);
}

export function isJudged(result: JudgedRendering | readonly NeededKind[]): result is JudgedRendering {
  return !Array.isArray(result);
}

function tooLargeFile(): CachedFile {
  return { text: '', objects: [], judged: [], diagnostics: [fileTooLarge()], omitted: 0, passedOver: 0 };
}

function tooManyFiles(files: readonly LoadFile[]): LoadResult {
  const diagnostic: Diagnostic = {
    code: 'LimitExceeded',
    severity: 'error',
    path: files[0]?.path ?? '.',
    message: `the application has ${files.length} manifest files; the limit is ${LIMITS.applicationFiles} (applicationFiles)`,
    help: 'point --path at the folder that holds the manifests, or list the rest in .sourceignore',
  };
  const counts = {
    files: files.length,
    parsedFiles: 0,
    objects: 0,
    passedOver: 0,
    omittedDiagnostics: new Map<string, number>(),
  };
  return { type: 'loaded', objects: [], diagnostics: [diagnostic], counts, memory: undefined, changed: undefined };
}

function nameOf({ kind, namespace, name }: LoadedObject): { kind: string; name: string; namespace?: string } {
  return { kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

function duplicateOf(member: LoadedObject, first: LoadedObject | undefined): FileDiagnostic {
  if (first?.path === member.path && first.line === member.line) {
    const message = `${formatObject(nameOf(member))} is rendered twice, both times from ${first.path}:${first.line}:${first.column}`;
    const help =
      'several kustomizations of this folder use it: point the path at one of them, or list the others in .sourceignore';
    return { code: 'ObjectDuplicate', severity: 'error', message, help };
  }
  const place = first === undefined ? 'elsewhere' : `at ${first.path}:${first.line}:${first.column}`;
  const message = `${formatObject(nameOf(member))} is written twice; the other is ${place}`;
  return { code: 'ObjectDuplicate', severity: 'error', message, help: 'keep one of the two, or give one another name' };
}

function missingOf(problem: Extract<SetProblem, { type: 'missing' }>): FileDiagnostic {
  const { message, help, key } = problem;
  return { code: 'ReferenceMissing', severity: 'warning', message, help, missing: key };
}
