import { createHash } from 'node:crypto';
import { type CommitInfo, SourceError, type TreeEntry } from './source.ts';

export type GitObjectType = 'blob' | 'tree' | 'commit' | 'tag';

export interface GitObject {
  readonly type: GitObjectType;
  readonly bytes: Uint8Array;
}

/** How a repository names its objects (`extensions.objectFormat`). */
export type ObjectFormat = 'sha1' | 'sha256';

export const ZERO_ID = '0'.repeat(40);

/** A full object id in either format. */
export function isObjectId(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

export function isGitObjectType(text: string | undefined): text is GitObjectType {
  return text === 'blob' || text === 'tree' || text === 'commit' || text === 'tag';
}

/** The object as Git hashes and stores it: `<type> <size>\0<bytes>`. */
export function frameObject(object: GitObject): Buffer {
  return Buffer.concat([Buffer.from(`${object.type} ${object.bytes.length}\0`), object.bytes]);
}

/** The id of an object. */
export function hashObject(object: GitObject, format: ObjectFormat): string {
  return hashFramed(frameObject(object), format);
}

/** The id of an object that is framed already: `<type> <size>\0<bytes>`. */
export function hashFramed(framed: Uint8Array, format: ObjectFormat): string {
  return createHash(format).update(framed).digest('hex');
}

/** One line of a tree as Git stores it; `mode` is octal text without a leading zero. */
export interface RawTreeEntry {
  readonly mode: string;
  readonly name: string;
  readonly id: string;
}

/** Git's mode of a folder in a tree. */
export const TREE_MODE = '40000';
/** Git's mode of a plain file in a tree. */
export const FILE_MODE = '100644';

/** Parses a tree object: `<mode> SP <name> NUL <id>` until its end. Rejects a damaged one with `ObjectCorrupt`. */
export function parseTree(bytes: Uint8Array, format: ObjectFormat): RawTreeEntry[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const idBytes = format === 'sha1' ? 20 : 32;
  const entries: RawTreeEntry[] = [];
  for (let at = 0; at < buffer.length; ) {
    const space = buffer.indexOf(0x20, at);
    const nul = space < 0 ? -1 : buffer.indexOf(0, space);
    if (nul < 0 || nul + 1 + idBytes > buffer.length) {
      throw new SourceError('ObjectCorrupt', 'a tree object ends in the middle of an entry');
    }
    const name = buffer.toString('utf8', space + 1, nul);
    // Git's own checks refuse these, but not every server runs them, and a path is built from them.
    if (name === '' || name === '.' || name === '..' || name.includes('/')) {
      throw new SourceError('ObjectCorrupt', `a tree object holds the forbidden name ${JSON.stringify(name)}`);
    }
    entries.push({
      mode: buffer.toString('latin1', at, space),
      name,
      id: buffer.toString('hex', nul + 1, nul + 1 + idBytes),
    });
    at = nul + 1 + idBytes;
  }
  return entries;
}

/** Serialises a tree. Git orders entries by bytes, with a folder's name taken as if it ended in a slash. */
export function serializeTree(entries: readonly RawTreeEntry[]): Buffer {
  const keyed = entries.map((entry) => ({
    entry,
    key: Buffer.from(entry.mode === TREE_MODE ? `${entry.name}/` : entry.name),
  }));
  keyed.sort((a, b) => Buffer.compare(a.key, b.key));
  return Buffer.concat(
    keyed.flatMap(({ entry }) => [Buffer.from(`${entry.mode} ${entry.name}\0`), Buffer.from(entry.id, 'hex')]),
  );
}

/**
 * A tree's entry as the port shows it. Git knows five modes; old repositories also hold 100664, which is a plain file.
 */
export function toTreeEntry(raw: RawTreeEntry): TreeEntry {
  return { name: raw.name, type: typeOfMode(raw.mode), id: raw.id, executable: raw.mode === '100755' };
}

function typeOfMode(mode: string): TreeEntry['type'] {
  if (mode === TREE_MODE || mode === '040000') return 'tree';
  if (mode === '120000') return 'symlink';
  if (mode === '160000') return 'submodule';
  return 'blob';
}

/** Parses a commit object. Rejects one without a tree or a committer with `ObjectCorrupt`. */
export function parseCommit(id: string, bytes: Uint8Array): CommitInfo {
  const { headers, message } = splitCommit(bytes);
  const first = (name: string) => headers.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
  const tree = first('tree');
  const committer = /> (-?\d+)/.exec(first('committer') ?? '');
  if (tree === undefined || !isObjectId(tree) || committer === null) {
    throw new SourceError('ObjectCorrupt', `commit ${id} has no tree or no committer`);
  }
  const author = /^(.*?) ?<([^>]*)>/.exec(first('author') ?? '');
  return {
    id,
    tree,
    parents: headers.filter((line) => line.startsWith('parent ')).map((line) => line.slice('parent '.length)),
    authorName: author?.[1] ?? '',
    authorEmail: author?.[2] ?? '',
    committedAtMs: Number(committer[1]) * 1000,
    message,
  };
}

export interface NewCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: { readonly name: string; readonly email: string };
  readonly nowMs: number;
  readonly message: string;
}

/** Serialises a commit whose author and committer are the same, in UTC. */
export function serializeCommit(commit: NewCommit): Buffer {
  const who = `${cleanIdentity(commit.author.name)} <${cleanIdentity(commit.author.email)}>`;
  const when = `${Math.floor(commit.nowMs / 1000)} +0000`;
  const parents = commit.parents.map((parent) => `parent ${parent}\n`).join('');
  const message = commit.message.endsWith('\n') ? commit.message : `${commit.message}\n`;
  return Buffer.from(
    `tree ${commit.tree}\n${parents}author ${who} ${when}\ncommitter ${who} ${when}\n\n${message.replaceAll('\0', '')}`,
  );
}

/** The same commit with other parents. Its signature goes, because it would no longer fit. */
export function reparentCommit(bytes: Uint8Array, parents: readonly string[]): Buffer {
  const buffer = Buffer.from(bytes);
  const headEnd = buffer.indexOf('\n\n');
  const head = buffer.toString('latin1', 0, headEnd < 0 ? buffer.length : headEnd).split('\n');
  const kept: string[] = [];
  let isDropping = false;
  for (const line of head) {
    if (!line.startsWith(' ')) isDropping = /^(?:parent|gpgsig|gpgsig-sha256) /.test(line);
    if (!isDropping) kept.push(line);
  }
  const [tree = '', ...rest] = kept;
  const lines = [tree, ...parents.map((parent) => `parent ${parent}`), ...rest];
  return Buffer.concat([
    Buffer.from(lines.join('\n'), 'latin1'),
    buffer.subarray(headEnd < 0 ? buffer.length : headEnd),
  ]);
}

/** Id and type of what an annotated tag points at. */
export function parseTag(id: string, bytes: Uint8Array): string {
  const target = /^object ([0-9a-f]+)\n/.exec(Buffer.from(bytes).toString('latin1'))?.[1];
  if (target === undefined) throw new SourceError('ObjectCorrupt', `tag ${id} points at nothing`);
  return target;
}

function splitCommit(bytes: Uint8Array): { headers: string[]; message: string } {
  const text = Buffer.from(bytes).toString('utf8');
  const headEnd = text.indexOf('\n\n');
  if (headEnd < 0) return { headers: text.trimEnd().split('\n'), message: '' };
  return { headers: text.slice(0, headEnd).split('\n'), message: text.slice(headEnd + 2) };
}

/** Git refuses angle brackets and line ends in a name, because they would end it. */
function cleanIdentity(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what has to go.
  return text.replace(/[<>\u0000-\u001f]/g, '').trim();
}
