import type { ChartRenderer } from '../host/chart-renderer.ts';
import type { DataKeys } from '../host/data-keys.ts';
import type { KustomizeProgram } from '../host/kustomize-program.ts';
import type { ResultCache } from '../host/result-cache.ts';
import type { ValidatorLoader } from '../host/validator-loader.ts';
import type { Clock } from '../lib/clock.ts';
import { LIMITS } from '../lib/limits.ts';
import {
  type CachedFile,
  isCachedFile,
  isJudged,
  type JudgedRendering,
  type ListedFile,
  type LoadedObject,
  type LoadFile,
  type LoadMemory,
  type LoadResult,
  limitDiagnostics,
  ManifestCache,
  ManifestLoader,
  type ObjectReferenceUse,
} from '../manifests/index.ts';
import type { Source } from '../source/source.ts';
import type {
  ApplicationFolder,
  ApplicationLoader,
  DeclaredObject,
  LoadedApplication,
  OpenedApplication,
  ReportedProblem,
} from './application.ts';
import { BlobUse } from './blob-use.ts';
import { FolderReader, type Reading } from './folder-reader.ts';
import { FolderRenderer, type Rendering } from './folder-renderer.ts';
import { forEachBlob } from './for-each-blob.ts';
import { readManifestBlob } from './read-manifest-blob.ts';
import { Turns } from './turns.ts';
import { type FindObject, gatherVariables, withVariables } from './variables.ts';

export interface ManifestApplicationLoaderOptions {
  readonly source: Pick<Source, 'readBlob'>;
  readonly validators: ValidatorLoader;
  readonly charts: ChartRenderer;
  readonly clock: Clock;
  /** Whether an object that no file of the application declares exists anyway. */
  readonly exists: (reference: ObjectReferenceUse) => boolean;
  /** A ConfigMap or Secret that variables are taken from. */
  readonly find: FindObject;
  readonly dataKeys: DataKeys;
  /** What builds kustomizations with remote bases or plugins, where the box allows it. */
  readonly kustomize?: KustomizeProgram | undefined;
  /** Where results of rendering outlive this process. */
  readonly results?: ResultCache | undefined;
}

type LoadedManifests = Extract<LoadResult, { readonly type: 'loaded' }>;

interface LastLoad {
  readonly memory: LoadMemory | undefined;
  readonly loaded: LoadedApplication;
}

/** A file's text is kept for the places of later problems; ten thousand files of 5 KB fit. */
const CACHE_BYTES = 64 * 1024 * 1024;

/**
 * Loads an application's folder with the manifest pipeline: renders it where it is a kustomization, and else selects
 * its files and renders the kustomizations below it; reads the blobs that the caches do not have, loads the validators
 * of the kinds that appear, and judges everything in turns.
 */
export class ManifestApplicationLoader implements ApplicationLoader {
  readonly #options: ManifestApplicationLoaderOptions;
  readonly #cache = new ManifestCache({ maxBytes: CACHE_BYTES });
  readonly #loader: ManifestLoader;
  /** The last load of each folder, from which the next one begins. */
  readonly #last = new Map<string, LastLoad>();
  readonly #blobs: BlobUse;
  #version = 0;
  /** An object that stands where it stood is the same at the next commit. */
  readonly #declared = new WeakMap<LoadedObject, DeclaredObject>();

  readonly #reader: FolderReader;
  readonly #renderer: FolderRenderer;

  constructor(options: ManifestApplicationLoaderOptions) {
    this.#options = options;
    this.#blobs = new BlobUse((blob) => this.#cache.forget(blob));
    const read = (blob: string) => readManifestBlob(options.source, blob);
    this.#reader = new FolderReader(read);
    this.#renderer = new FolderRenderer(read, options);
    this.#loader = new ManifestLoader({ cache: this.#cache, models: options.validators.validators });
  }

  async open(folder: ApplicationFolder): Promise<OpenedApplication | undefined> {
    const reading = await this.#reader.read(folder);
    if (reading === undefined) return undefined;
    const renderings: Rendering[] = [];
    for (const part of reading.parts) renderings.push(await this.#renderer.render(folder, part));
    const variables = gatherVariables(reading.settings, this.#options.find);
    const ids = [reading.identity, ...renderings.map(({ identity }) => identity), variables.identity];
    return {
      identity: ids.filter((id) => id !== '').join('+'),
      sources: variables.sources,
      load: () =>
        this.#load(
          folder.path,
          reading,
          // Where variables are missing, what would come of their places is no mistake of anybody's.
          renderings.map((rendering) =>
            variables.problems.length > 0 ? { ...rendering, objects: [] } : withVariables(rendering, variables),
          ),
          [...reading.problems, ...variables.problems],
        ),
    };
  }

  retain(paths: ReadonlySet<string>): void {
    this.#reader.retain(paths);
    this.#blobs.retain(paths);
    for (const path of [...this.#last.keys()]) if (!paths.has(path)) this.#last.delete(path);
  }

  watch(onChange: () => void): Promise<() => void | Promise<void>> {
    return this.#options.dataKeys.watch(onChange);
  }

  async #load(
    folder: string,
    reading: Reading,
    renderings: readonly Rendering[],
    problems: readonly ReportedProblem[],
  ): Promise<LoadedApplication> {
    const selected = await reading.select();
    const turns = new Turns(this.#options.clock);
    const judged: JudgedRendering[] = [];
    for (const { objects, problems } of renderings) {
      const { objects: manifests, diagnostics, omitted } = await this.#judge(objects, turns);
      judged.push({ objects: manifests, diagnostics: [...problems, ...diagnostics], omitted });
    }
    const last = this.#last.get(folder);
    const result = await this.#loadFiles(folder, selected.files, judged, last?.memory);
    this.#blobs.set(folder, selected.files);
    const { diagnostics, omitted, omittedByPath } = limitDiagnostics(
      [...problems, ...selected.problems, ...result.diagnostics],
      LIMITS.diagnostics,
      result.counts.omittedDiagnostics,
    );
    const loaded: LoadedApplication = {
      ...this.#declareAll(result, last?.loaded),
      isForced: reading.settings.force,
      problems: sortErrorsFirst(diagnostics),
      omittedProblems: omitted,
      omittedByPath,
      files: selected.files.length + new Set(renderings.flatMap(({ files }) => files)).size,
      passedOver: result.counts.passedOver,
      version: ++this.#version,
    };
    this.#last.set(folder, { memory: result.memory, loaded });
    return loaded;
  }

  #declareAll(
    { objects, changed }: LoadedManifests,
    last: LoadedApplication | undefined,
  ): Pick<LoadedApplication, 'objects' | 'changes'> {
    if (last?.version === undefined || changed === undefined)
      return { objects: objects.map((object) => this.#declare(object)) };
    const declared = [...last.objects];
    const replaced: DeclaredObject[] = [];
    for (const index of changed) {
      const object = objects[index];
      if (object === undefined) continue;
      const next = this.#declare(object);
      declared[index] = next;
      replaced.push(next);
    }
    return { objects: declared, changes: { since: last.version, objects: replaced } };
  }

  async #judge(objects: Rendering['objects'], turns: Turns): Promise<JudgedRendering> {
    for (;;) {
      const result = await turns.run(this.#loader.judge(objects));
      if (isJudged(result)) return result;
      await this.#options.validators.load(result);
    }
  }

  async #loadFiles(
    folder: string,
    listed: readonly ListedFile[],
    renderings: readonly JudgedRendering[],
    memory: LoadMemory | undefined,
  ): Promise<LoadedManifests> {
    const contents = new Map<string, CachedFile | undefined>();
    const fileOf = ({ path, id }: ListedFile, index: number): LoadFile => {
      const before = memory?.files[index];
      if (before?.path === path && before.blobId === id) return before;
      if (!contents.has(id)) return { path, blobId: id };
      const content = contents.get(id);
      return { path, blobId: id, content, isTooLarge: content === undefined };
    };
    for (;;) {
      const files = listed.map(fileOf);
      const { exists } = this.#options;
      const turns = new Turns(this.#options.clock);
      const result = await turns.run(this.#loader.load(files, { exists, renderings, memory }));
      if (result.type === 'loaded') return result;
      await this.#readContents(result.blobs, contents, this.#blobs.previousOf(folder, listed, new Set(result.blobs)));
    }
  }

  /**
   * Parses each blob as it comes in, so that Git and this process work at the same time. A file that is too large has
   * no content.
   */
  async #readContents(
    blobs: readonly string[],
    contents: Map<string, CachedFile | undefined>,
    previous: ReadonlyMap<string, string>,
  ): Promise<void> {
    const turns = new Turns(this.#options.clock);
    await forEachBlob(blobs, async (blob) => {
      const bytes = await readManifestBlob(this.#options.source, blob);
      contents.set(blob, bytes === undefined ? undefined : await this.#parse(blob, bytes, turns, previous.get(blob)));
    });
  }

  async #parse(blob: string, bytes: Uint8Array, turns: Turns, previous: string | undefined): Promise<CachedFile> {
    for (;;) {
      const result = await turns.run(this.#loader.read(blob, bytes, previous));
      if (isCachedFile(result)) return result;
      await this.#options.validators.load(result);
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

function sortErrorsFirst(problems: readonly ReportedProblem[]): readonly ReportedProblem[] {
  const rank = ({ severity }: ReportedProblem) => (severity === 'error' ? 0 : 1);
  return [...problems].sort((a, b) => rank(a) - rank(b));
}
