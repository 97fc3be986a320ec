import { type Clock, sleep } from '../../lib/clock.ts';
import { type Random, randomInteger } from '../../lib/random.ts';
import { ZERO_ID } from '../git-object.ts';
import { branchRef } from '../ref-name.ts';
import { SourceError } from '../source.ts';
import type { GitDirectory } from './git-directory.ts';
import { systemCode } from './git-directory.ts';
import type { LockNote } from './lock-note.ts';
import { OwnedDirectory } from './owned-directory.ts';
import { RefReader } from './ref-reader.ts';

/** Git waits 100 ms for a ref's lock and a second for that of `packed-refs`; a status commit has the time of both. */
const LOCK_TIMEOUT_MS = 3_000;
const LOCK_RETRY_MS = { min: 5, max: 40 } as const;
/** How often a folder of refs that others removed in between is made again. */
const FOLDER_ATTEMPTS = 10;

export interface RefUpdate {
  readonly branch: string;
  /** What the branch must hold for the update to happen; `undefined`: it must not exist. */
  readonly expected: string | undefined;
  readonly id: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly reason: string;
}

export interface RefWriterOptions {
  readonly directory: GitDirectory;
  readonly clock: Clock;
  readonly random: Random;
  /** Remembers the lock over the end of this process; left out, one that is left behind is reported like any other. */
  readonly note?: LockNote;
}

/**
 * Moves a branch of a repository that others write at the same time, by Git's own protocol: create `<ref>.lock` (which
 * fails while another holds it), compare, write, rename over the ref. A lock that stays is reported, never broken: only
 * a person can know that its owner is gone, unless it is one that this Berth took before it was killed.
 */
export class RefWriter {
  readonly #options: RefWriterOptions;

  constructor(options: RefWriterOptions) {
    this.#options = options;
  }

  /**
   * True when the branch moved; false when it did not hold `expected`. Rejects with `RefLocked`, `BranchInvalid` or
   * `ReadOnly`.
   */
  async update(update: RefUpdate): Promise<boolean> {
    const ref = branchRef(update.branch);
    await this.#refuseConflictingNames(ref, update.branch);
    const slash = ref.lastIndexOf('/');
    const { folder, name } = { folder: ref.slice(0, slash), name: ref.slice(slash + 1) };
    const { note, directory } = this.#options;
    const [lock, text] = [`${directory.path}/${folder}/${name}.lock`, `${update.id}\n`];
    // What stands in its way there stands in the way of the lock, which says so.
    await this.#removeOwnLock(folder, `${name}.lock`).catch(() => {});
    // Without the note a lock that is left behind is reported, as anybody's.
    await note?.write(lock, text).catch(() => {});
    const locked = await this.#lock(folder, `${name}.lock`, text);
    let isHeld = true;
    try {
      const current = await new RefReader(this.#options.directory.path).read(ref);
      if (current !== update.expected) return false;
      if (!(await locked.removeEmptyFolders(name).catch(() => true)))
        throw nameTaken(update.branch, `${update.branch}/…`);
      await this.#log(ref, update);
      await locked.rename(`${name}.lock`, name);
      isHeld = false;
      await locked.sync();
      return true;
    } finally {
      if (isHeld) await locked.remove(`${name}.lock`).catch(() => {});
      await locked.close();
      await note?.clear().catch(() => {});
    }
  }

  /** What an earlier life of this Berth has left behind, as it was killed. */
  async #removeOwnLock(folder: string, lockName: string): Promise<void> {
    const { note, directory } = this.#options;
    const opened = note === undefined ? undefined : await this.#findFolder(folder);
    if (note === undefined || opened === undefined) return;
    try {
      const text = (await opened.read(lockName))?.toString('utf8') ?? '';
      if (await note.tellsOf(`${directory.path}/${folder}/${lockName}`, text)) await opened.remove(lockName);
    } finally {
      await opened.close();
    }
  }

  /** Creates the lock file and returns its folder, open. */
  async #lock(folder: string, lockName: string, text: string): Promise<OwnedDirectory> {
    const { clock, random, directory } = this.#options;
    const startMs = clock.monotonicMs();
    let vanished = 0;
    for (;;) {
      try {
        return await this.#createLock(folder, lockName, text);
      } catch (error) {
        // `git pack-refs` removes a folder of refs that it has emptied, perhaps between our opening it and our creating
        // in it.
        if (isVanished(error) && ++vanished < FOLDER_ATTEMPTS) continue;
        if (systemCode(error) !== 'EEXIST') throw error;
      }
      if (clock.monotonicMs() - startMs > LOCK_TIMEOUT_MS) throw refLocked(`${directory.path}/${folder}/${lockName}`);
      await sleep(clock, randomInteger(random, LOCK_RETRY_MS.min, LOCK_RETRY_MS.max));
    }
  }

  async #createLock(folder: string, lockName: string, text: string): Promise<OwnedDirectory> {
    const opened = await this.#openFolder(folder);
    try {
      await opened.create(lockName, Buffer.from(text), 'ref');
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  async #openFolder(path: string): Promise<OwnedDirectory> {
    const { directory } = this.#options;
    let folder = await OwnedDirectory.openRepository(directory.path, directory.sharing);
    for (let part = 0, parts = path.split('/'); part < parts.length; part++) {
      const parent = folder;
      try {
        folder = await parent.makeChild(parts[part] ?? '');
      } finally {
        await parent.close();
      }
    }
    return folder;
  }

  /** A branch cannot be beside one whose name is a folder of its own: `status` excludes `status/box`. */
  async #refuseConflictingNames(ref: string, branch: string): Promise<void> {
    const refs = new RefReader(this.#options.directory.path);
    for (let end = ref.lastIndexOf('/'); end > 'refs/heads'.length; end = ref.lastIndexOf('/', end - 1)) {
      const above = ref.slice(0, end);
      if ((await refs.read(above)) !== undefined) throw nameTaken(branch, above.slice('refs/heads/'.length));
    }
    for (const packed of (await refs.readPacked()).keys()) {
      if (packed.startsWith(`${ref}/`)) throw nameTaken(branch, packed.slice('refs/heads/'.length));
    }
  }

  /**
   * Git logs a branch's moves when `core.logAllRefUpdates` says so (by default not in a bare repository) or a log
   * exists already.
   */
  async #log(ref: string, update: RefUpdate): Promise<void> {
    const { directory, clock } = this.#options;
    const { reflogs, isBare } = directory;
    const isWanted = reflogs === 'all' || reflogs === 'branches' || (reflogs === 'unset' && !isBare);
    const slash = ref.lastIndexOf('/');
    const name = ref.slice(slash + 1);
    const folder = isWanted
      ? await this.#openFolder(`logs/${ref.slice(0, slash)}`)
      : await this.#findFolder(`logs/${ref.slice(0, slash)}`);
    if (folder === undefined) return;
    try {
      if (!isWanted && !(await folder.has(name))) return;
      const who = `${update.author.name} <${update.author.email}> ${Math.floor(clock.wallMs() / 1000)} +0000`;
      const old = update.expected ?? ZERO_ID.padEnd(update.id.length, '0');
      await folder.append(name, `${old} ${update.id} ${who}\t${update.reason.split('\n')[0] ?? ''}\n`);
    } finally {
      await folder.close();
    }
  }

  async #findFolder(path: string): Promise<OwnedDirectory | undefined> {
    const { directory } = this.#options;
    let folder: OwnedDirectory | undefined = await OwnedDirectory.openRepository(directory.path, directory.sharing);
    for (const part of path.split('/')) {
      const parent: OwnedDirectory = folder;
      folder = await parent.openChild(part).finally(() => parent.close());
      if (folder === undefined) return undefined;
    }
    return folder;
  }
}

function isVanished(error: unknown): boolean {
  return systemCode(error) === 'ENOENT' || systemCode(error) === 'ESTALE';
}

function refLocked(path: string): SourceError {
  return new SourceError(
    'RefLocked',
    `${path} has been held for ${LOCK_TIMEOUT_MS / 1000} s by another git process; if none runs, remove that file`,
  );
}

function nameTaken(branch: string, other: string): SourceError {
  return new SourceError(
    'BranchInvalid',
    `branch ${branch} cannot be made beside branch ${other}; choose another --status-branch`,
  );
}
