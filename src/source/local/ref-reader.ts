import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isObjectId } from '../git-object.ts';
import { isBranchName } from '../ref-name.ts';
import { SourceError } from '../source.ts';
import { systemCode } from './git-directory.ts';

/** Symbolic refs that point at one another are followed this far, as Git does. */
const SYMREF_DEPTH = 5;
/** More branches than this are not listed in a message. */
const LISTED_BRANCHES = 1000;

interface PackedRefs {
  readonly stamp: string;
  readonly ids: ReadonlyMap<string, string>;
}

/**
 * Reads the refs of one repository directory as Git's files backend stores them. Order matters: `git pack-refs` writes
 * the packed file before it removes a loose one, so a reader that looks at the loose file first never finds neither.
 */
export class RefReader {
  readonly gitDirectory: string;
  #packed: PackedRefs = { stamp: 'none', ids: new Map() };

  constructor(gitDirectory: string) {
    this.gitDirectory = gitDirectory;
  }

  /** The id a ref holds, symbolic refs followed; `undefined` when there is none. */
  async read(ref: string): Promise<string | undefined> {
    let name = ref;
    for (let depth = 0; depth <= SYMREF_DEPTH; depth++) {
      const text = await this.#readLoose(name);
      if (text === undefined) return (await this.readPacked()).get(name);
      const target = /^ref: *(refs\/\S+)/.exec(text)?.[1];
      if (target === undefined) return parseLooseId(name, text);
      if (target.includes('..')) break;
      name = target;
    }
    throw new SourceError('RepositoryInvalid', `${ref} is a symbolic ref that leads nowhere`);
  }

  /** All packed refs by full name. Read again only when the file has changed. */
  async readPacked(): Promise<ReadonlyMap<string, string>> {
    const path = join(this.gitDirectory, 'packed-refs');
    try {
      const stats = await stat(path, { bigint: true });
      const stamp = `${stats.ino}:${stats.size}:${stats.mtimeNs}`;
      if (stamp !== this.#packed.stamp) this.#packed = { stamp, ids: parsePackedRefs(await readFile(path, 'utf8')) };
      return this.#packed.ids;
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return new Map();
      throw error;
    }
  }

  /** Names of the branches, sorted; of very many only the first. */
  async listBranches(): Promise<string[]> {
    const prefix = 'refs/heads/';
    const names = new Set<string>();
    for (const ref of (await this.readPacked()).keys()) if (ref.startsWith(prefix)) names.add(ref.slice(prefix.length));
    const root = join(this.gitDirectory, 'refs/heads');
    const files = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
    for (const file of files) {
      const name = join(file.parentPath, file.name).slice(root.length + 1);
      if (!file.isDirectory() && isBranchName(name)) names.add(name);
    }
    return [...names].sort().slice(0, LISTED_BRANCHES);
  }

  async #readLoose(ref: string): Promise<string | undefined> {
    try {
      return await readFile(join(this.gitDirectory, ref), 'utf8');
    } catch (error) {
      const code = systemCode(error);
      if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return undefined;
      if (code === 'EACCES')
        throw new SourceError('Unauthorized', `reading ${ref} is not permitted to the user that runs Berth`, error);
      throw error;
    }
  }
}

function parseLooseId(ref: string, text: string): string {
  const id = text.trim();
  if (isObjectId(id)) return id;
  throw new SourceError(
    'RepositoryInvalid',
    `${ref} is damaged: it holds no commit id; repair it with \`git update-ref ${ref} <commit>\``,
  );
}

function parsePackedRefs(text: string): Map<string, string> {
  const ids = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [id = '', name] = line.split(' ');
    if (name !== undefined && isObjectId(id)) ids.set(name, id);
  }
  return ids;
}
