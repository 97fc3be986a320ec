import type { ValidatorLoader } from '../host/validator-loader.ts';
import { type Clock, yieldTurn } from '../lib/clock.ts';
import { LIMITS } from '../lib/limits.ts';
import {
  type CachedFile,
  isCachedFile,
  type ListedFile,
  type LoadedObject,
  type LoadFile,
  type LoadResult,
  limitDiagnostics,
  ManifestCache,
  ManifestLoader,
  type ObjectReferenceUse,
  type SelectResult,
  selectManifestFiles,
} from '../manifests/index.ts';
import { type Source, SourceError } from '../source/source.ts';
import type { DeclaredObject, LoadedApplication, ReportedProblem } from './application.ts';
import type { ApplicationLoader } from './reconciler.ts';
import type { TreeFile } from './tree-reader.ts';

export interface ManifestApplicationLoaderOptions {
  readonly source: Source;
  readonly validators: ValidatorLoader;
  readonly clock: Clock;
  /** Whether an object that no file of the application declares exists anyway. */
  readonly exists: (reference: ObjectReferenceUse) => boolean;
}

type LoadedManifests = Extract<LoadResult, { readonly type: 'loaded' }>;

/** Blobs that are on their way at once: enough to keep a remote disk or another process busy, few enough to keep memory flat. */
const READ_AT_ONCE = 256;
/** A file's text is kept for the places of later problems; ten thousand files of 5 KB fit. */
const CACHE_BYTES = 64 * 1024 * 1024;

/**
 * Loads an application's folder with the manifest pipeline: selects its files, reads the blobs that the cache does not have, loads the
 * validators of the kinds that appear, and does all computing in turns.
 */
export class ManifestApplicationLoader implements ApplicationLoader {
  readonly #options: ManifestApplicationLoaderOptions;
  readonly #cache = new ManifestCache({ maxBytes: CACHE_BYTES });
  readonly #loader: ManifestLoader;
  /** Blobs of each folder's last load. What none of them has any more leaves the cache. */
  readonly #blobs = new Map<string, ReadonlySet<string>>();
  /** An object that stands where it stood is the same at the next commit. */
  readonly #declared = new WeakMap<LoadedObject, DeclaredObject>();

  constructor(options: ManifestApplicationLoaderOptions) {
    this.#options = options;
    this.#loader = new ManifestLoader({ cache: this.#cache, models: options.validators.validators });
  }

  async load(folder: string, files: readonly TreeFile[]): Promise<LoadedApplication> {
    const selected = await this.#select(folder, files);
    const result = await this.#loadFiles(selected.files);
    this.#forgetUnused(folder, selected.files);
    const { diagnostics, omitted } = limitDiagnostics([...selected.problems, ...result.diagnostics]);
    return {
      objects: result.objects.map((object) => this.#declare(object)),
      problems: sortErrorsFirst(diagnostics),
      omittedProblems: omitted,
      files: selected.files.length,
      passedOver: result.counts.passedOver,
    };
  }

  async #select(folder: string, files: readonly TreeFile[]): Promise<Extract<SelectResult, { type: 'selected' }>> {
    const texts = new Map<string, string>();
    for (;;) {
      const result = selectManifestFiles({ files, path: folder, texts });
      if (result.type === 'selected') return result;
      for (const blob of result.blobs) {
        const bytes = await this.#read(blob);
        texts.set(blob, bytes === undefined ? '' : new TextDecoder().decode(bytes));
      }
    }
  }

  async #loadFiles(listed: readonly ListedFile[]): Promise<LoadedManifests> {
    const contents = new Map<string, CachedFile | undefined>();
    for (;;) {
      const files = listed.map(({ path, id }): LoadFile => {
        const content = contents.get(id);
        return { path, blobId: id, content, isTooLarge: content === undefined && contents.has(id) };
      });
      const { exists } = this.#options;
      const turns = new Turns(this.#options.clock);
      const result = await turns.run(this.#loader.load(files, { exists }));
      if (result.type === 'loaded') return result;
      await this.#readContents(result.blobs, contents);
    }
  }

  /** Parses each blob as it comes in, so that Git and this process work at the same time. A file that is too large has no content. */
  async #readContents(blobs: readonly string[], contents: Map<string, CachedFile | undefined>): Promise<void> {
    const turns = new Turns(this.#options.clock);
    let next = 0;
    const work = async () => {
      for (let blob = blobs[next++]; blob !== undefined; blob = blobs[next++]) {
        const bytes = await this.#read(blob);
        contents.set(blob, bytes === undefined ? undefined : await this.#parse(blob, bytes, turns));
      }
    };
    await Promise.all(Array.from({ length: Math.min(READ_AT_ONCE, blobs.length) }, work));
  }

  async #parse(blob: string, bytes: Uint8Array, turns: Turns): Promise<CachedFile> {
    for (;;) {
      const result = await turns.run(this.#loader.read(blob, bytes));
      if (isCachedFile(result)) return result;
      await this.#options.validators.load(result);
    }
  }

  #forgetUnused(folder: string, files: readonly ListedFile[]): void {
    const before = this.#blobs.get(folder) ?? new Set();
    const now = new Set(files.map(({ id }) => id));
    this.#blobs.set(folder, now);
    for (const blob of before) {
      if (now.has(blob) || [...this.#blobs.values()].some((used) => used.has(blob))) continue;
      this.#cache.forget(blob);
    }
  }

  /** The blob's bytes; `undefined` when it is over the limit of one file. */
  async #read(blob: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#options.source.readBlob(blob, LIMITS.manifestFileBytes);
    } catch (error) {
      if (error instanceof SourceError && error.reason === 'BlobTooLarge') return undefined;
      throw error;
    }
  }

  #declare(loaded: LoadedObject): DeclaredObject {
    const known = this.#declared.get(loaded);
    if (known !== undefined) return known;
    const { key, apiVersion, kind, namespace, name, path, line, digest } = loaded;
    const declared: DeclaredObject = {
      key,
      id: { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) },
      decode: () => this.#loader.objectOf(loaded),
      digest,
      origin: { path, line },
      locate: (field) => this.#loader.placeOf(loaded, field),
    };
    this.#declared.set(loaded, declared);
    return declared;
  }
}

/** Runs work that is cut into steps, and lets everybody else have a turn whenever it has taken long. */
class Turns {
  readonly #clock: Clock;
  #endMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#endMs = clock.monotonicMs() + LIMITS.turnMs;
  }

  async run<T>(steps: Generator<void, T>): Promise<T> {
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      if (this.#clock.monotonicMs() < this.#endMs) continue;
      await yieldTurn(this.#clock);
      this.#endMs = this.#clock.monotonicMs() + LIMITS.turnMs;
    }
  }
}

function sortErrorsFirst(problems: readonly ReportedProblem[]): readonly ReportedProblem[] {
  const rank = ({ severity }: ReportedProblem) => (severity === 'error' ? 0 : 1);
  return [...problems].sort((a, b) => rank(a) - rank(b));
}
