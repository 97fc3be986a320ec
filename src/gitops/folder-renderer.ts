import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { ChartRenderer } from '../host/chart-renderer.ts';
import type { DataKeys } from '../host/data-keys.ts';
import type { KustomizeProgram } from '../host/kustomize-program.ts';
import type { ResultCache } from '../host/result-cache.ts';
import type { DataKeyResult } from '../manifests/decrypt/index.ts';
import {
  type ChartRelease,
  type ChartResult,
  type Dependencies,
  decodeResult,
  dropIgnoredHooks,
  encodeResult,
  RenderCache,
  type RenderedObject,
  render,
  renderKeyOf,
} from '../manifests/index.ts';
import type { ApplicationFolder, ReportedProblem } from './application.ts';
import { ChartStore } from './chart-store.ts';
import { forEachBlob } from './for-each-blob.ts';
import { HandOver, isForProgram } from './hand-over.ts';
import type { ReadBlob } from './read-blobs.ts';

/** What was rendered. */
export interface Rendering {
  /**
   * In the order of rendering; empty when there are errors. The same list for as long as nothing that was rendered
   * changes.
   */
  readonly objects: readonly RenderedObject[];
  readonly problems: readonly ReportedProblem[];
  /** The files that were read, sorted. */
  readonly files: readonly string[];
  /** Equal for renderings that looked up the same and found the same. */
  readonly identity: string;
}

/** A kustomization, files and folders that are rendered as if they were the resources of one, or a chart. */
export interface RenderPart {
  /** Empty for the root of the repository. */
  readonly folder: string;
  readonly resources?: readonly string[];
  /** Whether what sops encrypted is decrypted. */
  readonly isDecrypted?: boolean;
  readonly chart?: ChartRelease;
}

/** What else than blobs rendering needs of the machine. */
export interface RendererPorts {
  readonly charts: ChartRenderer;
  readonly dataKeys: DataKeys;
  /** Where results outlive this process. */
  readonly results?: ResultCache | undefined;
  /** What builds kustomizations with remote bases or plugins, where the box allows it. */
  readonly kustomize?: KustomizeProgram | undefined;
}

/**
 * Renders kustomizations of commits: reads what the renderer asks for until it has everything. Results are shared by
 * all applications.
 */
export class FolderRenderer {
  readonly #read: ReadBlob;
  readonly #keys: DataKeys;
  readonly #cache = new RenderCache();
  readonly #charts: ChartStore;
  readonly #digests = new WeakMap<Dependencies, string>();
  /** By the list of what was rendered. */
  readonly #applied = new WeakMap<readonly RenderedObject[], ReturnType<typeof dropIgnoredHooks>>();

  readonly #program: HandOver | undefined;
  readonly #results: ResultCache | undefined;
  /** Results that are stored, or never will be. */
  readonly #stored = new WeakSet<Dependencies>();

  constructor(read: ReadBlob, { charts, dataKeys, results, kustomize }: RendererPorts) {
    this.#read = read;
    this.#results = results;
    this.#keys = dataKeys;
    this.#charts = new ChartStore(charts, read);
    this.#program = kustomize === undefined ? undefined : new HandOver(kustomize, read);
  }

  /** What is to be applied. Costs one lookup for each file that the part depends on when nothing has changed. */
  async render(folder: ApplicationFolder, part: RenderPart): Promise<Rendering> {
    const rendering = await this.renderAll(folder, part);
    const { objects, problems } = this.#applicable(rendering.objects);
    return { ...rendering, objects, problems: [...rendering.problems, ...problems] };
  }

  /** Where only another program can build it, and the box allows one, that does. */
  async #handOver(folder: ApplicationFolder, part: RenderPart, own: Rendering): Promise<Rendering> {
    const isPlain = part.resources !== undefined || part.chart !== undefined;
    if (this.#program === undefined || isPlain || !isForProgram(own.problems)) return own;
    return this.#program.build(folder, part.folder, own);
  }

  /** Everything, with hooks that are not applied. */
  async renderAll(folder: ApplicationFolder, part: RenderPart): Promise<Rendering> {
    return this.#handOver(folder, part, await this.#renderOwn(folder, part));
  }

  async #renderOwn({ reader, rootTree }: ApplicationFolder, part: RenderPart): Promise<Rendering> {
    const { isDecrypted, ...asked } = part;
    const tree = reader.commitTree(rootTree);
    const blobs = new Map<string, Uint8Array | null>();
    const dataKeys = new Map<string, DataKeyResult>();
    const charts = new Map<string, ChartResult>();
    const key = renderKeyOf(asked);
    await this.#restore(key);
    const provided = { tree, blobs, charts, cache: this.#cache, ...(isDecrypted ? { dataKeys } : {}) };
    for (;;) {
      const result = render({ ...asked, ...provided });
      if (result.type === 'rendered') {
        const { objects, problems, files, dependencies, isRetryable } = result;
        await this.#store(key, dependencies);
        const identity = this.#identityOf(dependencies);
        // What may go well another time is tried at the next pass.
        return { objects, problems, files, identity: isRetryable ? `${identity} incomplete` : identity };
      }
      for (const id of result.folders) await reader.read(id);
      for (const [id, keys] of result.keys) dataKeys.set(id, await this.#keys.unwrap(keys));
      await forEachBlob(result.blobs, async (id) => {
        blobs.set(id, (await this.#read(id)) ?? null);
      });
      await Promise.all(
        result.charts.map(async (request) => charts.set(request.key, await this.#charts.render(request))),
      );
    }
  }

  /** Takes in what an earlier process found out; whether it still holds is checked as for everything in the cache. */
  async #restore(key: string): Promise<void> {
    const { finished } = this.#cache;
    if (this.#results === undefined || finished.has(key)) return;
    const bytes = await this.#results.get(key);
    const result = bytes === undefined ? undefined : decodeResult(key, bytes);
    if (result === undefined) return;
    this.#stored.add(result.dependencies);
    finished.restore(key, result);
  }

  async #store(key: string, dependencies: Dependencies): Promise<void> {
    if (this.#results === undefined || this.#stored.has(dependencies)) return;
    this.#stored.add(dependencies);
    const result = this.#cache.finished.get(key);
    const bytes = result?.dependencies === dependencies ? encodeResult(key, result) : undefined;
    if (bytes !== undefined) await this.#results.set(key, bytes);
  }

  #applicable(rendered: readonly RenderedObject[]): ReturnType<typeof dropIgnoredHooks> {
    const known = this.#applied.get(rendered) ?? dropIgnoredHooks(rendered);
    this.#applied.set(rendered, known);
    return known;
  }

  #identityOf(dependencies: Dependencies): string {
    const known = this.#digests.get(dependencies);
    if (known !== undefined) return known;
    const lines = [...dependencies].map(([path, found]) => `${path}\0${found}`).sort();
    const digest = bytesToHex(sha256(utf8ToBytes(lines.join('\n'))));
    this.#digests.set(dependencies, digest);
    return digest;
  }
}
