import fs from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LIMITS } from '../../lib/limits.ts';
import { type GitObject, isGitObjectType } from '../git-object.ts';
import type { GitDirectory } from '../local/git-directory.ts';
import { systemCode } from '../local/git-directory.ts';
import { blobTooLarge, corruptObject, readLooseObject } from '../local/loose-object.ts';
import type { ObjectReader } from '../object-reader.ts';
import { SourceError } from '../source.ts';
import { PackIndexCheck } from './pack-index-check.ts';

type IsomorphicGit = typeof import('isomorphic-git');

/**
 * Reads objects inside this process: loose ones directly, packed ones with isomorphic-git.
 *
 * Invariant: all reads share one `#cache`, without which each would load its pack again. It holds every pack whole and
 * never forgets, so it is replaced when it has served `LIMITS.gitCacheReadBytes`; the owner closes an idle reader to
 * free the rest.
 */
export class IsomorphicReader implements ObjectReader {
  readonly #directory: GitDirectory;
  #git: Promise<IsomorphicGit> | undefined;
  readonly #indexes: PackIndexCheck;
  #cache: object = {};
  #servedBytes = 0;

  constructor(directory: GitDirectory) {
    this.#directory = directory;
    this.#indexes = new PackIndexCheck(directory.path);
  }

  async read(id: string, maxBytes: number): Promise<GitObject | undefined> {
    const { path, format } = this.#directory;
    return (await readLooseObject(path, format, id, maxBytes)) ?? (await this.#readPacked(id, maxBytes));
  }

  async expand(prefix: string): Promise<readonly string[]> {
    const loose = await readdir(join(this.#directory.path, 'objects', prefix.slice(0, 2))).catch(() => []);
    const found = new Set(loose.map((name) => prefix.slice(0, 2) + name).filter((id) => id.startsWith(prefix)));
    if (found.size > 1) return [...found];
    await this.#indexes.run();
    const git = await this.#load();
    try {
      found.add(await git.expandOid({ fs, gitdir: this.#directory.path, oid: prefix, cache: this.#cache }));
    } catch (error) {
      if (codeOf(error) === 'AmbiguousError') return [prefix, prefix];
    }
    return [...found];
  }

  async close(): Promise<void> {
    this.#cache = {};
  }

  async #readPacked(id: string, maxBytes: number): Promise<GitObject | undefined> {
    const gitdir = this.#directory.path;
    await this.#indexes.run();
    const git = await this.#load();
    try {
      const result = await git.readObject({ fs, gitdir, oid: id, cache: this.#cache, format: 'content' });
      if (!(result.object instanceof Uint8Array) || !isGitObjectType(result.type)) throw corruptObject(id);
      this.#countServed(result.object.length);
      if (result.object.length > maxBytes) throw blobTooLarge(id, maxBytes);
      return { type: result.type, bytes: result.object };
    } catch (error) {
      if (codeOf(error) === 'NotFoundError') return undefined;
      // A pack that `git gc` has just replaced is missing; the next reader finds the new one.
      if (systemCode(error) === 'ENOENT') return undefined;
      if (error instanceof SourceError || isSystemError(error)) throw error;
      throw corruptObject(id, error);
    }
  }

  /** The library costs 40 ms and 18 MB, so it is loaded when the first packed object is asked for. */
  #load(): Promise<IsomorphicGit> {
    this.#git ??= import('isomorphic-git');
    return this.#git;
  }

  #countServed(bytes: number): void {
    this.#servedBytes += bytes;
    if (this.#servedBytes < LIMITS.gitCacheReadBytes) return;
    this.#servedBytes = 0;
    this.#cache = {};
  }
}

/**
 * Whether the operating system refused something; all else that the library throws comes from bytes it cannot make
 * sense of.
 */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
