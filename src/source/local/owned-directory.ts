import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rmdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { SourceError } from '../source.ts';
import type { RepositorySharing } from './git-directory.ts';
import { systemCode } from './git-directory.ts';

/** Bits of a file's mode that Git gives the two kinds of files Berth writes, before the repository's own rules. */
const FILE_MODES = { object: 0o444, ref: 0o666 } as const;
export type OwnedFileKind = keyof typeof FILE_MODES;

const SET_GROUP_ID = 0o2000;
/** Number of the next temporary folder of this process. */
let temporaries = 0;

/**
 * One folder of a repository that belongs to somebody else, in which Berth (often as root) creates files that take the
 * folder's owner, group and mode.
 *
 * The owner could put a symbolic link in place of any folder and have root write, and give away, a file elsewhere. So
 * folders are opened without following links and all work goes through the open folder (`/proc/self/fd/N`, Linux's
 * `openat`), never through a path that may change its meaning; and a new file takes the owner of the very folder it
 * lies in.
 */
export class OwnedDirectory {
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #sharing: RepositorySharing;

  private constructor(handle: FileHandle, path: string, sharing: RepositorySharing) {
    this.#handle = handle;
    this.#path = path;
    this.#sharing = sharing;
  }

  /**
   * Opens the repository's own folder. Rejects with `RepositoryMissing` where no repository is there any more: it may
   * have been moved away since it was found, and something else may stand in its place, in which nothing is to be made.
   */
  static async openRepository(path: string, sharing: RepositorySharing): Promise<OwnedDirectory> {
    const folder = new OwnedDirectory(await openFolder(path), path, sharing);
    const parts = await Promise.all(['HEAD', 'objects', 'refs'].map((name) => folder.has(name)));
    if (parts.every((isThere) => isThere)) return folder;
    await folder.close();
    throw new SourceError('RepositoryMissing', `there is no repository at ${path} any more`);
  }

  /** Opens a folder below; `undefined` when there is none. */
  async openChild(name: string): Promise<OwnedDirectory | undefined> {
    try {
      const handle = await openFolder(this.#at(name));
      return new OwnedDirectory(handle, join(this.#path, name), this.#sharing);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      if (systemCode(error) === 'ELOOP' || systemCode(error) === 'ENOTDIR')
        throw notAFolder(join(this.#path, name), error);
      throw error;
    }
  }

  /**
   * Opens a folder below, making it when there is none. It appears complete: a folder that is still root's when the
   * owner's git finds it would make that push fail.
   */
  async makeChild(name: string): Promise<OwnedDirectory> {
    for (;;) {
      const present = await this.openChild(name);
      if (present !== undefined) return present;
      const temporary = `.berth-${process.pid}-${temporaries++}`;
      try {
        await mkdir(this.#at(temporary), { mode: 0o700 });
        await this.#adoptFolder(temporary);
        await rename(this.#at(temporary), this.#at(name));
      } catch (error) {
        await rmdir(this.#at(temporary)).catch(() => {});
        // Somebody else was faster, and has put something into theirs; it is as good.
        if (systemCode(error) !== 'ENOTEMPTY' && systemCode(error) !== 'EEXIST') throw explainWrite(this.#path, error);
      }
    }
  }

  async #adoptFolder(name: string): Promise<void> {
    const made = await this.openChild(name);
    if (made === undefined) return;
    try {
      const parent = await this.#handle.stat();
      const mode = shareMode((parent.mode & 0o777) | 0o700, this.#sharing, true);
      await this.#adopt(made.#handle, mode | (parent.mode & SET_GROUP_ID));
    } finally {
      await made.close();
    }
  }

  /**
   * Creates a file that must not exist, with these bytes; `isDurable`: on disk when this resolves. Rejects with the
   * system's `EEXIST`.
   */
  async create(name: string, bytes: Uint8Array, kind: OwnedFileKind, isDurable = true): Promise<void> {
    let handle: FileHandle;
    try {
      handle = await open(
        this.#at(name),
        constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
        0o600,
      );
    } catch (error) {
      throw systemCode(error) === 'EEXIST' ? error : explainWrite(this.#path, error);
    }
    try {
      await handle.writeFile(bytes);
      const parent = await this.#handle.stat();
      await this.#adopt(handle, shareMode(FILE_MODES[kind] & (parent.mode | 0o600), this.#sharing, false));
      if (isDurable) await handle.sync();
    } catch (error) {
      await unlink(this.#at(name)).catch(() => {});
      throw explainWrite(this.#path, error);
    } finally {
      await handle.close();
    }
  }

  /** Appends to a file that may exist; it is made with the rights of a ref. */
  async append(name: string, text: string): Promise<void> {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;
    const handle = await open(this.#at(name), flags, 0o600);
    try {
      const isNew = (await handle.stat()).size === 0;
      await handle.appendFile(text);
      if (!isNew) return;
      const parent = await this.#handle.stat();
      await this.#adopt(handle, shareMode(FILE_MODES.ref & (parent.mode | 0o600), this.#sharing, false));
    } finally {
      await handle.close();
    }
  }

  /** Bytes of a file; `undefined` when there is none. */
  async read(name: string): Promise<Buffer | undefined> {
    try {
      const handle = await open(this.#at(name), constants.O_RDONLY | constants.O_NOFOLLOW);
      return await handle.readFile().finally(() => handle.close());
    } catch (error) {
      if (systemCode(error) === 'ENOENT' || systemCode(error) === 'EISDIR') return undefined;
      throw error;
    }
  }

  /** Marks a file as used now, so that `git gc` keeps it; false when there is none or it is not ours to mark. */
  async touch(name: string, now: Date): Promise<boolean> {
    try {
      const handle = await open(this.#at(name), constants.O_RDONLY | constants.O_NOFOLLOW);
      await handle.utimes(now, now).finally(() => handle.close());
      return true;
    } catch {
      return false;
    }
  }

  async has(name: string): Promise<boolean> {
    return stat(this.#at(name)).then(
      () => true,
      () => false,
    );
  }

  /** Puts one file in the place of another, in one step. */
  async rename(from: string, to: string): Promise<void> {
    await rename(this.#at(from), this.#at(to));
  }

  async remove(name: string): Promise<void> {
    await unlink(this.#at(name));
  }

  /** Removes folders below that hold no file; false when one does. */
  async removeEmptyFolders(name: string): Promise<boolean> {
    const child = await this.openChild(name);
    if (child === undefined) return true;
    try {
      for (const inner of await readdir(child.#at('.'))) {
        if (!(await child.removeEmptyFolders(inner).catch(() => false))) return false;
      }
    } finally {
      await child.close();
    }
    return rmdir(this.#at(name)).then(
      () => true,
      () => false,
    );
  }

  /** Makes creations and renames in this folder durable. */
  async sync(): Promise<void> {
    await this.#handle.sync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #at(name: string): string {
    return process.platform === 'linux' ? `/proc/self/fd/${this.#handle.fd}/${name}` : join(this.#path, name);
  }

  /**
   * Gives the file or folder to this folder's owner and group, then sets its mode (changing the owner clears bits of
   * it).
   */
  async #adopt(handle: FileHandle, mode: number): Promise<void> {
    const [parent, own] = await Promise.all([this.#handle.stat(), handle.stat()]);
    const isRoot = process.getuid?.() === 0;
    const uid = isRoot ? parent.uid : own.uid;
    if (uid !== own.uid || parent.gid !== own.gid) {
      await handle.chown(uid, parent.gid).catch((error) => {
        // Not root, and not in the group: the file stays as it would with git run by this user.
        if (isRoot) throw error;
      });
    }
    await handle.chmod(mode);
  }
}

/**
 * Git's `core.sharedRepository`: bits are added or put in place, write bits only where the owner may write, and on a
 * folder whoever may read may also enter, and the group is inherited.
 */
export function shareMode(mode: number, sharing: RepositorySharing, isFolder: boolean): number {
  if (sharing.kind === 'private') return mode;
  const bits = mode & 0o200 ? sharing.bits : sharing.bits & ~0o222;
  const shared = sharing.kind === 'exact' ? bits : mode | bits;
  if (!isFolder) return shared;
  const entered = shared | ((shared & 0o444) >> 2);
  return entered & 0o060 ? entered | SET_GROUP_ID : entered;
}

function openFolder(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
}

function notAFolder(path: string, cause: unknown): SourceError {
  return new SourceError(
    'ReadOnly',
    `${path} is not a plain folder, so nothing is written below it; symbolic links are not followed`,
    cause,
  );
}

function explainWrite(path: string, error: unknown): unknown {
  const code = systemCode(error);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new SourceError('ReadOnly', `the user that runs Berth may not write below ${path}`, error);
  }
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new SourceError('Unknown', `there is no space left to write below ${path}`, error);
  return error;
}
