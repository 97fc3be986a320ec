import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { ValidatorLoader } from '../host/validator-loader.ts';
import { type Clock, yieldTurn } from '../lib/clock.ts';
import { LIMITS } from '../lib/limits.ts';
import {
  type ListedFile,
  type LoadedObject,
  type LoadFile,
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

/** Blobs that are read at once: enough to keep a remote disk busy, few enough to keep memory flat. */
const READ_AT_ONCE = 64;
/** A file's text is kept for the places of later problems; ten thousand files of 5 KB fit. */
const CACHE_BYTES = 64 * 1024 * 1024;

/**
 * Loads an application's folder with the manifest pipeline: selects its files, reads the blobs that the cache does not have, loads the
 * validators of the kinds that appear, and does all computing in turns.
 */
export class ManifestApplicationLoader implements ApplicationLoader {
  readonly #options: ManifestApplicationLoaderOptions;
  readonly #loader: ManifestLoader;
  /** Digests of the manifests of each folder's last load, by their text. */
  readonly #digests = new Map<string, ReadonlyMap<string, string>>();

  constructor(options: ManifestApplicationLoaderOptions) {
    this.#options = options;
    const cache = new ManifestCache({ maxBytes: CACHE_BYTES });
    this.#loader = new ManifestLoader({ cache, models: options.validators.validators });
  }

  async load(folder: string, files: readonly TreeFile[]): Promise<LoadedApplication> {
    const selected = await this.#select(folder, files);
    const { result, read } = await this.#loadFiles(selected.files);
    const { diagnostics, omitted } = limitDiagnostics([...selected.problems, ...result.diagnostics]);
    const digests = computeDigests(result.objects, this.#digests.get(folder));
    this.#digests.set(folder, digests);
    return {
      objects: result.objects.map((object) => this.#declare(object, digests)),
      problems: sortErrorsFirst(diagnostics),
      omittedProblems: omitted,
      files: read,
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

  async #loadFiles(listed: readonly ListedFile[]) {
    const bytesOf = new Map<string, Uint8Array>();
    const tooLarge = new Set<string>();
    for (;;) {
      const files: LoadFile[] = listed.map(({ path, id }) => ({
        path,
        blobId: id,
        bytes: bytesOf.get(id),
        isTooLarge: tooLarge.has(id),
      }));
      const result = await this.#runInTurns(files);
      if (result.type === 'loaded') return { result, read: listed.length };
      await this.#options.validators.load(result.kinds);
      for (let next = 0; next < result.blobs.length; next += READ_AT_ONCE) {
        const batch = result.blobs.slice(next, next + READ_AT_ONCE);
        const contents = await Promise.all(batch.map((blob) => this.#read(blob)));
        batch.forEach((blob, index) => {
          const bytes = contents[index];
          if (bytes === undefined) tooLarge.add(blob);
          else bytesOf.set(blob, bytes);
        });
      }
    }
  }

  async #runInTurns(files: readonly LoadFile[]) {
    const { clock, exists } = this.#options;
    const steps = this.#loader.load(files, { exists });
    let endMs = clock.monotonicMs() + LIMITS.turnMs;
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      if (clock.monotonicMs() < endMs) continue;
      await yieldTurn(clock);
      endMs = clock.monotonicMs() + LIMITS.turnMs;
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

  #declare(loaded: LoadedObject, digests: ReadonlyMap<string, string>): DeclaredObject {
    const { key, apiVersion, kind, namespace, name, path, line } = loaded;
    return {
      key,
      id: { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) },
      decode: () => this.#loader.objectOf(loaded),
      digest: digests.get(loaded.json) ?? '',
      origin: { path, line },
      locate: (field) => this.#loader.placeOf(loaded, field),
    };
  }
}

/** Hashing costs more than parsing JSON: what the last load of the folder hashed is taken from there. */
function computeDigests(
  objects: readonly LoadedObject[],
  known: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  return new Map(
    objects.map(({ json }) => [json, known.get(json) ?? bytesToHex(sha256(utf8ToBytes(json))).slice(0, 32)]),
  );
}

function sortErrorsFirst(problems: readonly ReportedProblem[]): readonly ReportedProblem[] {
  const rank = ({ severity }: ReportedProblem) => (severity === 'error' ? 0 : 1);
  return [...problems].sort((a, b) => rank(a) - rank(b));
}
