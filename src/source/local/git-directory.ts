import { readFile, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type GitConfig, parseGitBoolean, parseGitConfig } from '../git-config.ts';
import type { ObjectFormat } from '../git-object.ts';
import { SourceError } from '../source.ts';

/** A repository on this machine, as far as reading and writing it needs to know it. */
export interface GitDirectory {
  /** Real path of the directory that holds `objects` and `refs`. */
  readonly path: string;
  readonly format: ObjectFormat;
  readonly isBare: boolean;
  /**
   * Whether only system git can read its objects: another hash, objects borrowed from elsewhere, or a partial clone.
   */
  readonly needsSystemGit: boolean;
  readonly sharing: RepositorySharing;
  readonly reflogs: 'unset' | 'none' | 'branches' | 'all';
}

/** `core.sharedRepository`: bits added to every mode, or the exact bits of it. */
export type RepositorySharing =
  | { readonly kind: 'private' }
  | { readonly kind: 'add'; readonly bits: number }
  | { readonly kind: 'exact'; readonly bits: number };

/**
 * Finds and checks the repository at `path`: a bare one, a `.git` directory, or a working tree with one (also a linked
 * one). Rejects with `RepositoryMissing`, `RepositoryInvalid` or `Unauthorized`.
 */
export async function openGitDirectory(path: string): Promise<GitDirectory> {
  const found = await locate(path);
  const config = parseGitConfig((await readIfThere(join(found, 'config'))) ?? '');
  refuseUnsupported(path, config);
  const format = config.get('extensions.objectformat')?.toLowerCase() === 'sha256' ? 'sha256' : 'sha1';
  const isPartial = config.has('extensions.partialclone');
  const alternates = (await readIfThere(join(found, 'objects/info/alternates'))) ?? '';
  return {
    path: found,
    format,
    isBare: parseGitBoolean(config.get('core.bare')) ?? !found.endsWith('/.git'),
    needsSystemGit: format === 'sha256' || isPartial || alternates.trim() !== '',
    sharing: parseSharing(config.get('core.sharedrepository')),
    reflogs: parseReflogs(config.get('core.logallrefupdates')),
  };
}

async function locate(path: string): Promise<string> {
  const start = resolve(path);
  if ((await kindOf(start)) === 'missing') {
    throw new SourceError(
      'RepositoryMissing',
      `there is no repository at ${start}; create it with \`git init --bare ${start}\``,
    );
  }
  for (const candidate of [start, join(start, '.git')]) {
    const kind = await kindOf(candidate);
    if (kind === 'directory' && (await isGitDirectory(candidate))) return commonDirectory(await realpath(candidate));
    if (kind === 'file' && candidate !== start) {
      const target = /^gitdir: (.+)$/m.exec((await readIfThere(candidate)) ?? '')?.[1];
      if (target !== undefined) return commonDirectory(await realpath(resolve(start, target.trim())));
    }
  }
  throw new SourceError(
    'RepositoryInvalid',
    `${start} is not a Git repository: it has no HEAD, objects and refs; name a bare repository or a working tree`,
  );
}

/** A linked working tree keeps only its HEAD; objects and branches are in the common directory it names. */
async function commonDirectory(gitDirectory: string): Promise<string> {
  const common = await readIfThere(join(gitDirectory, 'commondir'));
  return common === undefined ? gitDirectory : realpath(resolve(gitDirectory, common.trim()));
}

async function isGitDirectory(path: string): Promise<boolean> {
  const [head, objects, refs] = await Promise.all([
    readIfThere(join(path, 'HEAD')),
    kindOf(join(path, 'objects')),
    kindOf(join(path, 'refs')),
  ]);
  if (head === undefined) return false;
  if ((await readIfThere(join(path, 'commondir'))) !== undefined) return true;
  return objects === 'directory' && refs === 'directory';
}

function refuseUnsupported(path: string, config: GitConfig): void {
  const version = Number(config.get('core.repositoryformatversion') ?? '0');
  if (version > 1) {
    throw new SourceError('RepositoryInvalid', `${path} has repository format ${version}; Berth knows formats 0 and 1`);
  }
  if (config.get('extensions.refstorage')?.toLowerCase() === 'reftable') {
    throw new SourceError(
      'RepositoryInvalid',
      `${path} keeps its refs as a reftable, which Berth cannot watch; run \`git refs migrate --ref-format=files\``,
    );
  }
}

/**
 * Values and their bits as `git help config` gives them: group is 0660, all is 0664, an octal number replaces the
 * umask.
 */
export function parseSharing(value: string | undefined): RepositorySharing {
  if (value === undefined || value === 'umask') return { kind: 'private' };
  if (value === 'group') return { kind: 'add', bits: 0o660 };
  if (value === 'all' || value === 'world' || value === 'everybody') return { kind: 'add', bits: 0o664 };
  if (/^[0-7]+$/.test(value)) {
    const number = Number.parseInt(value, 8);
    if (number === 0) return { kind: 'private' };
    if (number === 1) return { kind: 'add', bits: 0o660 };
    if (number === 2) return { kind: 'add', bits: 0o664 };
    // Git refuses to work where the owner himself could not read and write; files then keep the rights of their folder.
    return (number & 0o600) === 0o600 ? { kind: 'exact', bits: number & 0o666 } : { kind: 'private' };
  }
  return parseGitBoolean(value) === true ? { kind: 'add', bits: 0o660 } : { kind: 'private' };
}

function parseReflogs(value: string | undefined): GitDirectory['reflogs'] {
  if (value === undefined) return 'unset';
  if (value.toLowerCase() === 'always') return 'all';
  return parseGitBoolean(value) === true ? 'branches' : 'none';
}

async function kindOf(path: string): Promise<'missing' | 'file' | 'directory'> {
  try {
    return (await stat(path)).isDirectory() ? 'directory' : 'file';
  } catch (error) {
    return explainMissing(path, error, 'missing');
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    return explainMissing(path, error, undefined);
  }
}

function explainMissing<T>(path: string, error: unknown, missing: T): T {
  const code = systemCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return missing;
  if (code === 'EACCES' || code === 'EPERM') {
    throw new SourceError('Unauthorized', `reading ${path} is not permitted to the user that runs Berth`, error);
  }
  throw new SourceError('Unreachable', `${path} cannot be read (${code ?? 'unknown error'})`, error);
}

/** The operating system's name of an error, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
