import { type Clock, sleep } from '../lib/clock.ts';
import { LIMITS } from '../lib/limits.ts';
import { type Random, randomInteger } from '../lib/random.ts';
import { buildTree, type TreeLeaf } from './build-tree.ts';
import {
  FILE_MODE,
  type GitObject,
  hashObject,
  type ObjectFormat,
  parseCommit,
  type RawTreeEntry,
  reparentCommit,
  serializeCommit,
  serializeTree,
  TREE_MODE,
} from './git-object.ts';
import { isBranchName } from './ref-name.ts';
import type { RepositoryReader } from './repository-reader.ts';
import { type CommitInfo, type PublishRequest, SourceError } from './source.ts';

/** Where a commit is published to: a repository on this machine, or a clone and the remote behind it. */
export interface PublishTarget {
  readonly format: ObjectFormat;
  readonly reader: RepositoryReader;
  /** The branch's commit now, with its trees readable. */
  readTip(branch: string): Promise<CommitInfo | undefined>;
  writeObjects(objects: readonly GitObject[]): Promise<void>;
  /** Moves the branch; false when it was no longer at `expected`. */
  move(move: BranchMove): Promise<boolean>;
  /** Whether the branch may be moved to a commit that does not descend from its tip. */
  mayRewrite(): boolean;
}

export interface BranchMove {
  readonly request: PublishRequest;
  readonly expected: string | undefined;
  readonly id: string;
  readonly isRewrite: boolean;
}

interface NewHistory {
  readonly objects: readonly GitObject[];
  readonly id: string;
  readonly isRewrite: boolean;
}

const ATTEMPTS = 12;
const BACKOFF_MS = 25;

/**
 * Publishes one folder on the branch's current tip, again and again while others move the branch. What others have in
 * their folders stays as it is at the moment of the move. Returns `undefined` when nothing would change.
 */
export async function publishFolder(
  target: PublishTarget,
  request: PublishRequest,
  world: { readonly clock: Clock; readonly random: Random },
): Promise<CommitInfo | undefined> {
  refuseBadPaths(request);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const tip = await target.readTip(request.branch);
    const next = await buildCommit(target, request, tip);
    if (next === undefined) return undefined;
    await target.writeObjects(next.objects);
    if (await target.move({ request, expected: tip?.id, id: next.id, isRewrite: next.isRewrite })) {
      // A `git gc --prune=now` of somebody else may have removed objects that no ref reached a moment ago: now one
      // does.
      await target.writeObjects(next.objects);
      const last = next.objects.at(-1);
      return last === undefined ? undefined : parseCommit(next.id, last.bytes);
    }
    await sleep(world.clock, randomInteger(world.random, 0, BACKOFF_MS * (attempt + 1)));
  }
  throw new SourceError(
    'RefLocked',
    `branch ${request.branch} was moved by others during each of ${ATTEMPTS} attempts to publish`,
  );
}

/**
 * The commit with the folder replaced and all objects it needs, the commit last; `undefined` when the tree would be the
 * same.
 */
async function buildCommit(
  target: PublishTarget,
  request: PublishRequest,
  tip: CommitInfo | undefined,
): Promise<NewHistory | undefined> {
  const { reader, format } = target;
  const root = tip === undefined ? [] : await reader.readRawTree(tip.tree);
  const entry = root.find((candidate) => candidate.name === request.folder);
  const folder = buildFolder(request.files, format);
  const known = new Set<string>();
  const present = await readPresent(reader, request, entry, folder.blobs, known);
  const taken = request.guard(present);
  if (taken !== undefined)
    throw new SourceError('FolderTaken', `${request.folder}/ of branch ${request.branch}: ${taken}`);
  if (entry?.id === folder.id) return undefined;

  const others = root.filter((candidate) => candidate.name !== request.folder);
  const own = request.files.size === 0 ? [] : [{ mode: TREE_MODE, name: request.folder, id: folder.id }];
  const tree: GitObject = { type: 'tree', bytes: serializeTree([...others, ...own]) };
  const treeId = hashObject(tree, format);
  if (treeId === tip?.tree) return undefined;
  const history = await boundHistory(target, tip, request.maxHistory);
  const bytes = serializeCommit({
    tree: treeId,
    parents: history.parents,
    author: request.author,
    nowMs: request.nowMs,
    message: request.message,
  });
  const commit: GitObject = { type: 'commit', bytes };
  const fresh = folder.objects.filter((object) => !known.has(hashObject(object, format)));
  return {
    objects: [...fresh, tree, ...history.objects, commit],
    id: hashObject(commit, format),
    isRewrite: history.isRewrite,
  };
}

interface BuiltFolder {
  readonly id: string;
  readonly objects: readonly GitObject[];
  /** The new files by id. */
  readonly blobs: ReadonlyMap<string, GitObject>;
}

function buildFolder(files: ReadonlyMap<string, string>, format: ObjectFormat): BuiltFolder {
  const blobs = new Map<string, GitObject>();
  const leaves = new Map<string, TreeLeaf>();
  for (const [path, text] of files) {
    const blob: GitObject = { type: 'blob', bytes: Buffer.from(text) };
    const id = hashObject(blob, format);
    blobs.set(id, blob);
    leaves.set(path, { mode: FILE_MODE, id });
  }
  const tree = buildTree(leaves, format);
  return { id: tree.id, objects: [...blobs.values(), ...tree.objects], blobs };
}

/**
 * The folder's present files for the guard; one that is over the limit is left out: it is replaced anyway. `reached`
 * gets every id below the folder, because those need not be written.
 */
async function readPresent(
  reader: RepositoryReader,
  request: PublishRequest,
  entry: RawTreeEntry | undefined,
  known: ReadonlyMap<string, GitObject>,
  reached: Set<string>,
): Promise<Map<string, Uint8Array>> {
  const present = new Map<string, Uint8Array>();
  if (entry === undefined) return present;
  if (entry.mode !== TREE_MODE) {
    throw new SourceError(
      'FolderTaken',
      `${request.folder} of branch ${request.branch} is a file; remove it, or choose another cluster name`,
    );
  }
  const walk = async (tree: string, prefix: string): Promise<void> => {
    reached.add(tree);
    for (const child of await reader.readRawTree(tree)) {
      if (child.mode === TREE_MODE) await walk(child.id, `${prefix}${child.name}/`);
      if (!child.mode.startsWith('100')) continue;
      reached.add(child.id);
      const bytes = known.get(child.id)?.bytes ?? (await readSmall(reader, child.id));
      if (bytes !== undefined) present.set(prefix + child.name, bytes);
    }
  };
  await walk(entry.id, '');
  return present;
}

async function readSmall(reader: RepositoryReader, id: string): Promise<Uint8Array | undefined> {
  try {
    return await reader.readBlob(id, LIMITS.publishedFileBytes);
  } catch (error) {
    if (error instanceof SourceError && error.reason === 'BlobTooLarge') return undefined;
    throw error;
  }
}

/**
 * The parents of the next commit. When the branch is as long as it may be, its newer half is written again on a root of
 * its own, so that recent history stays readable and the older commits become garbage: one rewrite per `maxHistory / 2`
 * commits.
 */
async function boundHistory(
  target: PublishTarget,
  tip: CommitInfo | undefined,
  maxHistory: number,
): Promise<{ parents: string[]; objects: GitObject[]; isRewrite: boolean }> {
  if (tip === undefined) return { parents: [], objects: [], isRewrite: false };
  const chain: Uint8Array[] = [];
  for (let id: string | undefined = tip.id; id !== undefined && chain.length < maxHistory; ) {
    const bytes = await target.reader.readCommitBytes(id);
    if (bytes === undefined) break;
    chain.push(bytes);
    id = parseCommit(id, bytes).parents[0];
  }
  if (chain.length < maxHistory || !target.mayRewrite()) return { parents: [tip.id], objects: [], isRewrite: false };
  const objects: GitObject[] = [];
  let parents: string[] = [];
  for (const bytes of chain.slice(0, Math.floor(maxHistory / 2)).reverse()) {
    const commit: GitObject = { type: 'commit', bytes: reparentCommit(bytes, parents) };
    objects.push(commit);
    parents = [hashObject(commit, target.format)];
  }
  return { parents, objects, isRewrite: true };
}

function refuseBadPaths(request: PublishRequest): void {
  if (!isBranchName(request.branch)) {
    throw new SourceError(
      'BranchInvalid',
      `${JSON.stringify(request.branch)} is not a name that Git allows for a branch`,
    );
  }
  const paths = [...request.files.keys()];
  const isBad = (part: string) =>
    part === '' || part === '.' || part === '..' || /^\.git$/i.test(part) || part.includes('\0');
  const bad =
    [request.folder, ...paths].find((path) => path.split('/').some(isBad)) ??
    (request.folder.includes('/') ? request.folder : undefined);
  if (bad !== undefined)
    throw new SourceError('FolderTaken', `${JSON.stringify(bad)} cannot be a path on branch ${request.branch}`);
}
