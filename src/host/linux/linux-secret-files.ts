import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { watch as watchFiles } from 'chokidar';
import { BerthError } from '../../lib/errors.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { SecretFileProblem, SecretFiles, SecretFolder, SecretListing } from '../secret-files.ts';

/** Why one file or folder cannot be used. */
class UnusableError extends Error {
  override readonly name = 'UnusableError';
}

/**
 * Secrets in `<directory>/<namespace>/<name>/<key>`. Everything has to belong to root or Berth's user and be closed to
 * everybody else.
 */
export class LinuxSecretFiles implements SecretFiles {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async read(): Promise<SecretListing> {
    try {
      await checkFolder(this.#directory);
    } catch (error) {
      throw new BerthError('ConfigInvalid', {
        object: this.#directory,
        verb: 'read',
        detail: `the secrets directory cannot be used: ${reasonOf(error)}`,
        help: 'correct secretsDirectory; it is a folder of root or the user of Berth with mode 0700',
        cause: error,
      });
    }
    const folders: SecretFolder[] = [];
    const problems: SecretFileProblem[] = [];
    const attempt = async <T>(path: string, work: () => Promise<T>): Promise<T | undefined> => {
      try {
        return await work();
      } catch (error) {
        problems.push({ path, message: reasonOf(error) });
        return undefined;
      }
    };
    for (const namespace of await sortedNames(this.#directory)) {
      const namespacePath = join(this.#directory, namespace);
      const names = await attempt(namespacePath, async () => {
        await checkFolder(namespacePath);
        return sortedNames(namespacePath);
      });
      for (const name of names ?? []) {
        const path = join(namespacePath, name);
        const files = await attempt(path, () => readFiles(path));
        if (files !== undefined) folders.push({ namespace, name, files });
        if (folders.length > LIMITS.secretFolders) {
          throw new BerthError('LimitExceeded', {
            object: this.#directory,
            detail: `the secrets directory has more than ${LIMITS.secretFolders} Secrets (secretFolders)`,
          });
        }
      }
    }
    return { folders, problems };
  }

  async watch(onChange: () => void): Promise<() => Promise<void>> {
    const watcher = watchFiles(this.#directory, { ignoreInitial: true, depth: 3, followSymlinks: false });
    watcher.on('all', onChange).on('error', () => {});
    await new Promise<void>((resolve) => watcher.once('ready', resolve));
    return () => watcher.close();
  }
}

async function sortedNames(path: string): Promise<readonly string[]> {
  return (await readdir(path)).sort();
}

async function readFiles(path: string): Promise<ReadonlyMap<string, Uint8Array>> {
  await checkFolder(path);
  const files = new Map<string, Uint8Array>();
  let sizeBytes = 0;
  for (const key of await sortedNames(path)) {
    const bytes = await readFile(join(path, key), key);
    sizeBytes += bytes.length;
    if (sizeBytes > LIMITS.secretBytes) {
      throw new UnusableError(`the files have more than ${LIMITS.secretBytes} bytes together (secretBytes)`);
    }
    files.set(key, bytes);
  }
  return files;
}

/** The checks are made on the opened file, so that it is the one that is read; a link is not followed. */
async function readFile(path: string, key: string): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((error) => {
    throw new UnusableError(`${key}: ${reasonOf(error)}`);
  });
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new UnusableError(`${key} is no file`);
    const problem = ownerProblem(stat);
    if (problem !== undefined) throw new UnusableError(`${key}: ${problem}`);
    if (stat.size > LIMITS.secretBytes)
      throw new UnusableError(`${key} has more than ${LIMITS.secretBytes} bytes (secretBytes)`);
    return new Uint8Array(await file.readFile());
  } finally {
    await file.close();
  }
}

async function checkFolder(path: string): Promise<void> {
  const stat = await lstat(path);
  if (!stat.isDirectory()) throw new UnusableError('it is no folder');
  const problem = ownerProblem(stat);
  if (problem !== undefined) throw new UnusableError(problem);
}

function ownerProblem({ mode, uid }: { readonly mode: number; readonly uid: number }): string | undefined {
  if ((mode & 0o077) !== 0) return `others may read or change it (mode 0${(mode & 0o777).toString(8)})`;
  return uid === 0 || uid === process.getuid?.() ? undefined : 'it belongs to somebody else';
}

function reasonOf(error: unknown): string {
  if (error instanceof UnusableError) return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (code === 'ELOOP') return 'it is a symbolic link, which is not followed';
  return code === 'ENOENT' ? 'it does not exist' : `it cannot be read (${code})`;
}
