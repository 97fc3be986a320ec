import { spawnSync } from 'node:child_process';
import { chmodSync, closeSync, ftruncateSync, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { BerthError, messageOf } from '../../lib/errors.ts';
import { makeDirectory } from './make-directory.ts';

/**
 * The file that is locked. It also marks the directory as Berth's, and is never removed: a lock on a removed file keeps
 * nobody out.
 */
const LOCK_FILE = 'berth.lock';

/** What may stand in a directory that is about to become a data directory. */
const HARMLESS_NAMES: ReadonlySet<string> = new Set(['lost+found']);

export interface DataDirectoryLock {
  release(): void;
}

/**
 * Makes the data directory (0700) where it is missing and keeps every other process out of it, for as long as this
 * process lives: the kernel releases the lock with it. Throws `StoreLocked` with the holder's pid, and `ConfigInvalid`
 * for a directory that cannot be used or holds something else.
 */
export function acquireDataDirectoryLock(directory: string): DataDirectoryLock {
  let fd: number;
  try {
    prepareDirectory(directory);
    fd = openSync(path.join(directory, LOCK_FILE), 'a+', 0o600);
  } catch (error) {
    throw error instanceof BerthError ? error : unusable(directory, messageOf(error), error);
  }
  try {
    lock(fd, directory);
    ftruncateSync(fd);
    writeSync(fd, `${process.pid}\n`);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  let isHeld = true;
  return {
    release: () => {
      if (isHeld) closeSync(fd);
      isHeld = false;
    },
  };
}

/**
 * A wrong `--data-dir` must not take the rights of somebody else's directory away: only an empty one becomes Berth's.
 */
function prepareDirectory(directory: string): void {
  makeDirectory(directory, 'name an empty or new directory with --data-dir');
  const names = readdirSync(directory).filter((name) => !HARMLESS_NAMES.has(name));
  if (names.length > 0 && !names.includes(LOCK_FILE)) {
    throw unusable(
      directory,
      `it holds other files (${names.slice(0, 3).join(', ')}) and is not a data directory of Berth`,
    );
  }
  if ((statSync(directory).mode & 0o077) !== 0) chmodSync(directory, 0o700);
}

/**
 * Takes flock(2) through util-linux's `flock`, since Node has no call for it. Such a lock belongs to the open file
 * description, which the child shares as its descriptor 3: it stays with our descriptor when the child exits, and ends
 * with our process. Node opens files close-on-exec, so no other child keeps it.
 */
function lock(fd: number, directory: string): void {
  const { status, error, stderr } = spawnSync('flock', ['-n', '-x', '3'], { stdio: ['ignore', 'ignore', 'pipe', fd] });
  if (status === 0) return;
  if (status === 1) {
    const pid = readFileSync(path.join(directory, LOCK_FILE), 'utf8').trim();
    const holder = pid === '' ? 'another process' : `process ${pid}`;
    throw new BerthError('StoreLocked', {
      object: directory,
      verb: 'lock',
      detail: `${holder} uses this data directory`,
    });
  }
  const isMissing = error !== undefined && 'code' in error && error.code === 'ENOENT';
  if (!isMissing) throw unusable(directory, `flock: ${error?.message ?? stderr.toString().trim()}`, error);
  throw new BerthError('ConfigInvalid', {
    object: directory,
    verb: 'lock',
    detail: 'the program flock was not found on PATH',
    help: 'install the package util-linux',
    cause: error,
  });
}

function unusable(directory: string, detail: string, cause?: unknown): BerthError {
  const help = 'name an empty or new directory with --data-dir';
  return new BerthError('ConfigInvalid', { object: directory, verb: 'open', detail, help, cause });
}
