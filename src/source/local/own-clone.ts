import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createBareRepository } from './commit-files.ts';
import { openGitDirectory } from './git-directory.ts';

/** A clone is begun anew when it holds this many packs: one comes with each fetch, and nothing else tidies up. */
const PACK_LIMIT = 50;
/** The same for loose objects, of which each published commit brings a few; counted in one of 256 folders. */
const LOOSE_LIMIT_PER_FOLDER = 40;

/**
 * The clone of a remote repository, which only Berth writes: a bare repository in a folder of its own below
 * `workDirectory`. Its name counts up, because a clone is not repaired or repacked but replaced by a fresh shallow one;
 * so a crash at any point costs a fetch.
 */
export class OwnClone {
  readonly #workDirectory: string;
  readonly #url: string;
  #path: string | undefined;

  constructor(options: { readonly workDirectory: string; readonly url: string }) {
    this.#workDirectory = options.workDirectory;
    this.#url = options.url;
  }

  /** Path of the clone; made when there is none of this URL. */
  async open(): Promise<string> {
    if (this.#path !== undefined) return this.#path;
    const newest = (await this.#list()).at(-1);
    if (newest !== undefined && (await this.#isUsable(newest))) this.#path = join(this.#workDirectory, newest);
    return this.#path ?? this.renew();
  }

  /**
   * Begins a new, empty clone and returns its path. The others are removed by `removeOld`, when nobody reads them any
   * more.
   */
  async renew(): Promise<string> {
    const number = Number((await this.#list()).at(-1)?.slice('clone-'.length) ?? 0) + 1;
    const path = join(this.#workDirectory, `clone-${String(number).padStart(6, '0')}`);
    await createBareRepository(path, 'main');
    const config = await readFile(join(path, 'config'), 'utf8');
    await writeFile(
      join(path, 'config'),
      `${config}[remote "origin"]\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n`,
    );
    await writeFile(join(path, 'berth-url'), this.#url, { mode: 0o600 });
    this.#path = path;
    return path;
  }

  async removeOld(): Promise<void> {
    for (const name of await this.#list()) {
      const path = join(this.#workDirectory, name);
      if (path !== this.#path) await rm(path, { recursive: true, force: true });
    }
  }

  /** Whether so much has gathered that a fresh clone is cheaper. */
  async isFull(): Promise<boolean> {
    const path = await this.open();
    const packs = (await readdir(join(path, 'objects/pack')).catch(() => [])).filter((name) => name.endsWith('.pack'));
    const loose = await readdir(join(path, 'objects/17')).catch(() => []);
    return packs.length > PACK_LIMIT || loose.length > LOOSE_LIMIT_PER_FOLDER;
  }

  async #list(): Promise<string[]> {
    await mkdir(this.#workDirectory, { recursive: true, mode: 0o700 });
    return (await readdir(this.#workDirectory)).filter((name) => /^clone-\d{6}$/.test(name)).sort();
  }

  async #isUsable(name: string): Promise<boolean> {
    const path = join(this.#workDirectory, name);
    const url = await readFile(join(path, 'berth-url'), 'utf8').catch(() => undefined);
    if (url !== this.#url) return false;
    return openGitDirectory(path).then(
      () => true,
      () => false,
    );
  }
}

/** Sets a ref of a clone that nobody else writes. */
export async function setCloneRef(clone: string, ref: string, id: string): Promise<void> {
  const path = join(clone, ref);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.berth`, `${id}\n`);
  await rename(`${path}.berth`, path);
}
