import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { DataKeys } from '../host/data-keys.ts';
import type { DataKeyResult } from '../manifests/decrypt/index.ts';
import { type Dependencies, RenderCache, type RenderedObject, render } from '../manifests/index.ts';
import type { ApplicationFolder, ReportedProblem } from './application.ts';
import { forEachBlob } from './for-each-blob.ts';

/** What was rendered. */
export interface Rendering {
  /** In the order of rendering; empty when there are errors. The same list for as long as nothing that was rendered changes. */
  readonly objects: readonly RenderedObject[];
  readonly problems: readonly ReportedProblem[];
  /** The files that were read, sorted. */
  readonly files: readonly string[];
  /** Equal for renderings that looked up the same and found the same. */
  readonly identity: string;
}

/** A blob's bytes; `undefined` when it is over the limit of one file. */
export type ReadBlob = (blob: string) => Promise<Uint8Array | undefined>;

/** A kustomization, or files and folders that are rendered as if they were the resources of one. */
export interface RenderPart {
  /** Empty for the root of the repository. */
  readonly folder: string;
  readonly resources?: readonly string[];
  /** Whether what sops encrypted is decrypted. */
  readonly isDecrypted?: boolean;
}

/** Renders kustomizations of commits: reads what the renderer asks for until it has everything. Results are shared by all applications. */
export class FolderRenderer {
  readonly #read: ReadBlob;
  readonly #keys: DataKeys;
  readonly #cache = new RenderCache();
  readonly #digests = new WeakMap<Dependencies, string>();

  constructor(read: ReadBlob, keys: DataKeys) {
    this.#read = read;
    this.#keys = keys;
  }

  /** Costs one lookup for each file that the part depends on when nothing has changed. */
  async render({ reader, rootTree }: ApplicationFolder, part: RenderPart): Promise<Rendering> {
    const { isDecrypted, ...asked } = part;
    const tree = reader.commitTree(rootTree);
    const blobs = new Map<string, Uint8Array | null>();
    const dataKeys = new Map<string, DataKeyResult>();
    for (;;) {
      const result = render({ ...asked, tree, blobs, cache: this.#cache, ...(isDecrypted ? { dataKeys } : {}) });
      if (result.type === 'rendered') {
        const { objects, problems, files, dependencies } = result;
        return { objects, problems, files, identity: this.#identityOf(dependencies) };
      }
      for (const id of result.folders) await reader.read(id);
      for (const [id, keys] of result.keys) dataKeys.set(id, await this.#keys.unwrap(keys));
      await forEachBlob(result.blobs, async (id) => {
        blobs.set(id, (await this.#read(id)) ?? null);
      });
    }
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
