import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { type Dependencies, RenderCache, type RenderResult, render } from '../manifests/index.ts';
import type { ApplicationFolder } from './application.ts';
import { forEachBlob } from './for-each-blob.ts';

export type Rendering = Extract<RenderResult, { readonly type: 'rendered' }>;

/** A blob's bytes; `undefined` when it is over the limit of one file. */
export type ReadBlob = (blob: string) => Promise<Uint8Array | undefined>;

/** Renders kustomizations of commits: reads what the renderer asks for until it has everything. Results are shared by all applications. */
export class FolderRenderer {
  readonly #read: ReadBlob;
  readonly #cache = new RenderCache();
  readonly #digests = new WeakMap<Dependencies, string>();

  constructor(read: ReadBlob) {
    this.#read = read;
  }

  /** Costs one lookup for each file that the kustomization depends on when nothing has changed. */
  async render({ reader, rootTree }: ApplicationFolder, folder: string): Promise<Rendering> {
    const tree = reader.commitTree(rootTree);
    const blobs = new Map<string, Uint8Array | null>();
    for (;;) {
      const result = render({ tree, folder, blobs, cache: this.#cache });
      if (result.type === 'rendered') return result;
      for (const id of result.folders) await reader.read(id);
      await forEachBlob(result.blobs, async (id) => {
        blobs.set(id, (await this.#read(id)) ?? null);
      });
    }
  }

  /** Equal for renderings of one folder that looked up the same and found the same. */
  identityOf({ dependencies }: Rendering): string {
    const known = this.#digests.get(dependencies);
    if (known !== undefined) return known;
    const lines = [...dependencies].map(([path, found]) => `${path}\0${found}`).sort();
    const digest = bytesToHex(sha256(utf8ToBytes(lines.join('\n'))));
    this.#digests.set(dependencies, digest);
    return digest;
  }
}
