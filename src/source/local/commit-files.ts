import { mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import type { Random } from '../../lib/random.ts';
import { buildTree, type TreeLeaf } from '../build-tree.ts';
import { FILE_MODE, type GitObject, hashObject, parseCommit, serializeCommit, TREE_MODE } from '../git-object.ts';
import { IsomorphicReader } from '../isomorphic/isomorphic-reader.ts';
import { branchRef } from '../ref-name.ts';
import { ReliableReader } from '../reliable-reader.ts';
import { RepositoryReader } from '../repository-reader.ts';
import { type CommitInfo, SourceError } from '../source.ts';
import { type GitDirectory, openGitDirectory } from './git-directory.ts';
import { ObjectWriter } from './object-writer.ts';
import { RefReader } from './ref-reader.ts';
import { RefWriter } from './ref-writer.ts';

export interface CommitFilesRequest {
  readonly repository: string;
  readonly branch: string;
  /** New contents by path; `null` removes the file. Other files stay. */
  readonly files: ReadonlyMap<string, FileContent | null>;
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly clock: Clock;
  readonly random: Random;
}

export interface FileContent {
  readonly bytes: Uint8Array;
  /** Git's mode: a plain file unless told otherwise. */
  readonly mode?: '100644' | '100755' | '120000';
}

/**
 * Commits changed files to a branch of a repository on this machine, without a working tree and without a git binary:
 * for the demo's edit and for tests. Rejects with `RefLocked` when somebody else moved the branch at the same moment.
 */
export async function commitFiles(request: CommitFilesRequest): Promise<CommitInfo> {
  const directory = await openGitDirectory(request.repository);
  const { clock, random } = request;
  const objects = new ReliableReader({ clock, open: async () => new IsomorphicReader(directory) });
  try {
    const reader = new RepositoryReader(objects);
    const tip = await new RefReader(directory.path).read(branchRef(request.branch));
    const leaves = new Map<string, TreeLeaf>();
    if (tip !== undefined) await collectLeaves(reader, tip, '', leaves);
    const written = applyFiles(directory, request, leaves);
    const tree = buildTree(leaves, directory.format);
    const bytes = serializeCommit({
      tree: tree.id,
      parents: tip === undefined ? [] : [tip],
      author: request.author,
      nowMs: clock.wallMs(),
      message: request.message,
    });
    const commit: GitObject = { type: 'commit', bytes };
    const id = hashObject(commit, directory.format);
    const writer = new ObjectWriter({ directory, clock, random, isDurable: false });
    await writer.writeAll([...written, ...tree.objects, commit]);
    const { branch, author, message } = request;
    const refs = new RefWriter({ directory, clock, random });
    if (!(await refs.update({ branch, expected: tip, id, author, reason: `commit: ${message}` }))) {
      throw new SourceError(
        'RefLocked',
        `branch ${branch} of ${request.repository} was moved by somebody else; commit again`,
      );
    }
    return parseCommit(id, bytes);
  } finally {
    await objects.close();
  }
}

export interface CreateRepositoryRequest extends Omit<CommitFilesRequest, 'files'> {
  /** Where the files come from; its own `.git` is left out. */
  readonly folder: string;
}

/**
 * Makes a bare repository at `repository` (which must not exist) whose branch holds one commit with the files of
 * `folder`.
 */
export async function createBareRepositoryFromFolder(request: CreateRepositoryRequest): Promise<CommitInfo> {
  await createBareRepository(request.repository, request.branch);
  const files = new Map<string, FileContent>();
  await collectFiles(request.folder, '', files);
  return commitFiles({ ...request, files });
}

/**
 * Makes an empty bare repository as `git init --bare` would. Rejects with `RepositoryInvalid` when something is there.
 */
export async function createBareRepository(path: string, branch: string): Promise<void> {
  const isTaken = (await readdir(path).catch(() => [])).length > 0;
  if (isTaken) throw new SourceError('RepositoryInvalid', `${path} is not empty, so no repository is made there`);
  for (const folder of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags', 'info', 'hooks']) {
    await mkdir(join(path, folder), { recursive: true });
  }
  await writeFile(join(path, 'config'), '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n');
  await writeFile(join(path, 'description'), 'Made by Berth.\n');
  await writeFile(join(path, 'HEAD'), `ref: ${branchRef(branch)}\n`);
}

/** Puts the request's files into `leaves` and returns their blobs. */
function applyFiles(directory: GitDirectory, request: CommitFilesRequest, leaves: Map<string, TreeLeaf>): GitObject[] {
  const blobs: GitObject[] = [];
  for (const [path, file] of request.files) {
    if (file === null) {
      leaves.delete(path);
      continue;
    }
    const blob: GitObject = { type: 'blob', bytes: file.bytes };
    blobs.push(blob);
    leaves.set(path, { mode: file.mode ?? FILE_MODE, id: hashObject(blob, directory.format) });
  }
  return blobs;
}

async function collectLeaves(
  reader: RepositoryReader,
  tree: string,
  prefix: string,
  leaves: Map<string, TreeLeaf>,
): Promise<void> {
  for (const { name, mode, id } of await reader.readRawTree(tree)) {
    if (mode === TREE_MODE) await collectLeaves(reader, id, `${prefix}${name}/`, leaves);
    else leaves.set(prefix + name, { mode, id });
  }
}

async function collectFiles(folder: string, prefix: string, files: Map<string, FileContent>): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const name = prefix + entry.name;
    if (entry.name === '.git') continue;
    if (entry.isDirectory()) await collectFiles(path, `${name}/`, files);
    else if (entry.isSymbolicLink()) files.set(name, { bytes: Buffer.from(await readlink(path)), mode: '120000' });
    else if (entry.isFile()) {
      const isExecutable = ((await stat(path)).mode & 0o100) !== 0;
      files.set(name, { bytes: await readFile(path), mode: isExecutable ? '100755' : '100644' });
    }
  }
}
