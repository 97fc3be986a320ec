import { LIMITS } from '../../../lib/limits.ts';
import {
  type DataKeyResult,
  DecryptError,
  type EncryptedFile,
  readEncryptedContent,
  readEncryptedManifest,
  type WrappedKey,
} from '../../decrypt/index.ts';
import { decodeText, fileTooLarge } from '../../parse/decode-text.ts';
import type { ChartRequest, ChartResult } from '../charts/chart-request.ts';
import type { Located } from '../kustomization/kustomization.ts';
import type { Node, Place, SourceFile } from '../nodes/node.ts';
import { parseNodes } from '../nodes/parse-nodes.ts';
import type { YamlVersion } from '../nodes/resolve-scalar.ts';
import { BLOB_NEEDED, RenderError } from '../problems.ts';
import type { RenderCache } from '../render-cache.ts';
import { CHART_LOOKUP, decryptProblem, FileKeys, KEY_LOOKUP, markDecrypted } from './file-keys.ts';
import { type FolderListing, isInFolder, joinPath, type RepositoryTree, type TreeEntry } from './file-tree.ts';

export interface FileReaderOptions {
  readonly tree: RepositoryTree;
  /** Contents that were read, by blob id; `null` for one that is over the limit of one file. */
  readonly blobs: ReadonlyMap<string, Uint8Array | null>;
  readonly cache: RenderCache;
  /** Keys of encrypted files that were asked for; undefined where such files are taken as they are. */
  readonly dataKeys?: ReadonlyMap<string, DataKeyResult> | undefined;
  /** Charts that helm rendered, by the key of their request. */
  readonly charts?: ReadonlyMap<string, ChartResult> | undefined;
}

/** A file that a kustomization names. */
export interface FoundFile {
  readonly path: string;
  readonly id: string;
}

/**
 * Reads files of the tree and notes two things: the blobs that are missing, and what each kustomization has looked at,
 * so that its result is known to hold as long as that is the same.
 */
export class FileReader {
  /** Ids of blobs. */
  readonly needs = new Set<string>();
  /** Ids of folders whose entries are not known. */
  readonly neededFolders = new Set<string>();
  readonly neededCharts = new Map<string, ChartRequest>();
  /** Whether something failed that may go well another time with the same files. */
  isRetryable = false;
  readonly #options: FileReaderOptions;
  readonly #open: Map<string, string>[] = [];
  readonly #keys: FileKeys;
  readonly #linkText = (id: string): string | undefined => {
    const bytes = this.#options.blobs.get(id);
    return bytes === undefined || bytes === null ? undefined : new TextDecoder().decode(bytes);
  };

  constructor(options: FileReaderOptions) {
    this.#options = options;
    this.#keys = new FileKeys(options.dataKeys, options.cache.wrappedKeys);
  }

  /** Keys to unwrap, by their id. */
  get neededKeys(): ReadonlyMap<string, readonly WrappedKey[]> {
    return this.#keys.needed;
  }

  get cache(): RenderCache {
    return this.#options.cache;
  }

  /** Runs `work` and gives all lookups it made. */
  track<T>(work: () => T): { readonly value: T; readonly dependencies: ReadonlyMap<string, string> } {
    const dependencies = new Map<string, string>();
    this.#open.push(dependencies);
    try {
      return { value: work(), dependencies };
    } finally {
      this.#open.pop();
      this.depend(dependencies);
    }
  }

  /** Counts lookups of a cached result as made. */
  depend(dependencies: ReadonlyMap<string, string>): void {
    const current = this.#open.at(-1);
    if (current !== undefined) for (const [path, found] of dependencies) current.set(path, found);
  }

  /** Whether all lookups give what they gave then. Throws `BlobNeeded` when nobody can say yet. */
  isUnchanged(dependencies: ReadonlyMap<string, string>): boolean {
    let isUnread = false;
    for (const [path, found] of dependencies) {
      if (path === CHART_LOOKUP) continue;
      if (path.startsWith(KEY_LOOKUP)) {
        if (this.#keys.stampOf(path.slice(KEY_LOOKUP.length)) !== found) return false;
        continue;
      }
      if (path.endsWith('/')) {
        const listing = this.#options.tree.list(path.slice(0, -1));
        if (listing.type === 'unread') isUnread = this.#noteFolders(listing.ids);
        else if (listing.id !== found) return false;
        continue;
      }
      const entry = this.#find(path);
      if (entry?.type === 'unread') isUnread = this.#noteUnread(entry);
      else if (!isStamp(entry, found)) return false;
    }
    if (isUnread) throw BLOB_NEEDED;
    return true;
  }

  #noteUnread({ what, id }: Extract<TreeEntry, { type: 'unread' }>): true {
    if (what === 'folder') this.neededFolders.add(id);
    else this.needs.add(id);
    return true;
  }

  #noteFolders(ids: readonly string[]): true {
    for (const id of ids) this.neededFolders.add(id);
    return true;
  }

  /** Everything below a folder. */
  list(path: string): Extract<FolderListing, { type: 'listed' }> {
    const listing = this.#options.tree.list(path);
    if (listing.type === 'unread') {
      this.#noteFolders(listing.ids);
      throw BLOB_NEEDED;
    }
    this.#open.at(-1)?.set(`${path}/`, listing.id);
    return listing;
  }

  /** What helm made of a chart. Throws `BlobNeeded` when it was not asked yet. */
  chart(request: ChartRequest): ChartResult {
    this.#open.at(-1)?.set(CHART_LOOKUP, '/chart');
    const result = this.#options.charts?.get(request.key);
    if (result === undefined) {
      this.neededCharts.set(request.key, request);
      throw BLOB_NEEDED;
    }
    if (result.type === 'failed' && result.isRetryable) this.isRetryable = true;
    return result;
  }

  #find(path: string): TreeEntry | undefined {
    return this.#options.tree.find(path, this.#linkText);
  }

  /** What stands at a clean path. Throws `BlobNeeded` when a link has to be read first. */
  find(path: string): Exclude<TreeEntry, { type: 'unread' }> | undefined {
    const entry = this.#find(path);
    if (entry?.type === 'unread') {
      this.#noteUnread(entry);
      throw BLOB_NEEDED;
    }
    this.#open.at(-1)?.set(path, stampOf(entry));
    return entry;
  }

  /**
   * The file that a kustomization in `root` names. "Files have to be in or below the kustomization's folder"
   * (kustomize, security).
   */
  resolveFile(root: string, path: Located<string>): FoundFile {
    const entry = this.lookUp(root, path.value);
    if (entry === undefined) throw missingFile(root, path.value);
    if (entry.type === 'folder') {
      throw new RenderError('RenderFailed', `${path.value} is a folder where a file is needed`, {
        help: 'name a file in it',
      });
    }
    if (entry.type === 'outside' || !isInFolder(entry.path, root)) {
      throw new RenderError('RenderRefused', `${path.value} is not in or below ${root || 'the repository'}`, {
        help: 'copy the file into the folder, or make a base of it: kustomize reads no files from elsewhere',
      });
    }
    return entry;
  }

  /** What a path means from a folder; undefined for nothing. */
  lookUp(root: string, path: string): ReturnType<FileReader['find']> {
    if (path.startsWith('/')) return { type: 'outside' };
    const clean = joinPath(root, path);
    return clean === undefined ? { type: 'outside' } : this.find(clean);
  }

  bytes({ id }: FoundFile): Uint8Array {
    const bytes = this.#options.blobs.get(id);
    if (bytes === null) {
      const { message, help } = fileTooLarge();
      throw new RenderError('LimitExceeded', message, help === undefined ? {} : { help });
    }
    if (bytes !== undefined) return bytes;
    this.needs.add(id);
    throw BLOB_NEEDED;
  }

  /** Asks for a blob early, so that everything is fetched in few rounds. */
  want({ path, id }: FoundFile): void {
    if (this.#options.blobs.has(id)) return;
    if (VERSIONS.some((version) => this.cache.file(cacheKey(path, id, version)) !== undefined)) return;
    this.needs.add(id);
  }

  source(file: FoundFile): SourceFile {
    const decoded = decodeText(this.bytes(file));
    if (decoded.problem === undefined) return { path: file.path, text: decoded.text, lineShift: 0 };
    const { code, message, help } = decoded.problem;
    throw new RenderError(code, message, {
      ...(help === undefined ? {} : { help }),
      at: { file: { path: file.path, text: '', lineShift: 0 }, start: 0 },
    });
  }

  /** The documents of a file. */
  nodes(file: FoundFile, version: YamlVersion): readonly Node[] {
    const key = cacheKey(file.path, file.id, version);
    const known = this.cache.file(key) ?? this.#parse(file, version, key);
    if (known instanceof RenderError) throw known;
    return known;
  }

  #parse(file: FoundFile, version: YamlVersion, key: string): readonly Node[] | RenderError {
    const bytes = this.bytes(file);
    let parsed: readonly Node[] | RenderError;
    try {
      const source = this.source(file);
      // What was decrypted stays with the object that needs it, and is not kept by the file.
      const decrypted = version === '1.2' ? this.#decryptManifest(source) : undefined;
      if (decrypted !== undefined) return decrypted;
      parsed = parseNodes(source, version);
    } catch (error) {
      if (!(error instanceof RenderError)) throw error;
      parsed = error;
    }
    this.cache.setFile(key, parsed, Math.min(bytes.length, LIMITS.manifestFileBytes));
    return parsed;
  }

  /** The documents of a manifest that sops encrypted, or why they cannot be had; undefined for any other. */
  #decryptManifest(source: SourceFile): readonly Node[] | RenderError | undefined {
    try {
      const encrypted = readEncryptedManifest(source.text);
      if (encrypted === undefined) return undefined;
      const at = { file: source, start: 0 };
      for (const keys of encrypted.keys) this.#dependOnKey(keys);
      if (!this.#keys.isOn) return parseNodes(source, '1.2');
      const { text, starts } = encrypted.decrypt(encrypted.keys.map((keys) => this.#keys.unwrap(keys, at)));
      const file: SourceFile = { ...source, text, secrecy: 'file' };
      return markDecrypted(parseNodes(file, '1.2'), starts, file);
    } catch (error) {
      if (error instanceof DecryptError) return this.#keys.isOn ? decryptProblem(error, source) : undefined;
      if (error instanceof RenderError) return error;
      throw error;
    }
  }

  #dependOnKey(keys: readonly WrappedKey[]): void {
    const id = this.#keys.remember(keys);
    this.#open.at(-1)?.set(KEY_LOOKUP + id, this.#keys.stampOf(id));
  }

  /** The content of a file for a Secret, decrypted where sops encrypted it; `key` says the format. */
  secretContent(file: FoundFile, key: string, purpose: 'file' | 'env'): SecretContent {
    const bytes = this.bytes(file);
    const source: SourceFile = { path: file.path, text: new TextDecoder().decode(bytes), lineShift: 0 };
    if (!this.#keys.isOn) return { bytes, file: source };
    try {
      const encrypted: EncryptedFile | undefined = readEncryptedContent(bytes, key, purpose);
      if (encrypted === undefined) return { bytes, file: source };
      this.#dependOnKey(encrypted.keys);
      const decrypted = encrypted.decrypt(this.#keys.unwrap(encrypted.keys, { file: source, start: 0 }));
      return { bytes: decrypted, file: { path: file.path, text: '', lineShift: 0, secrecy: 'value' } };
    } catch (error) {
      throw error instanceof DecryptError ? decryptProblem(error, source) : error;
    }
  }
}

export interface SecretContent {
  readonly bytes: Uint8Array;
  readonly file: SourceFile;
}

const VERSIONS: readonly YamlVersion[] = ['1.1', '1.2'];

function cacheKey(path: string, id: string, version: YamlVersion): string {
  return `${version} ${id} ${path}`;
}

function stampOf(entry: TreeEntry | undefined): string {
  if (entry === undefined) return '';
  if (entry.type === 'file') return `${entry.id} ${entry.path}`;
  return entry.type === 'folder' ? `/${entry.path}` : entry.type;
}

/** Whether an entry has a stamp, found out without making one. */
function isStamp(entry: TreeEntry | undefined, stamp: string): boolean {
  if (entry?.type !== 'file') return stampOf(entry) === stamp;
  const { id, path } = entry;
  return stamp.length === id.length + path.length + 1 && stamp.startsWith(id) && stamp.endsWith(path);
}

export function missingFile(root: string, path: string): RenderError {
  return new RenderError('RenderFileMissing', `there is no ${path} in ${root || 'the root of the repository'}`, {
    help: 'add the file, or correct the path',
  });
}

/** The place of text inside of a node: of a block scalar line by line, of any other the node itself. */
export function inlineSource(node: Node, text: string): SourceFile {
  const { file, start } = node;
  const header = file.text.slice(start, file.text.indexOf('\n', start));
  if (!/^[|>]/.test(header)) return { path: file.path, text, lineShift: lineBefore({ file, start }) };
  return { path: file.path, text, lineShift: lineBefore({ file, start }) + 1 };
}

function lineBefore({ file, start }: Place): number {
  let line = file.lineShift;
  for (let at = file.text.indexOf('\n'); at !== -1 && at < start; at = file.text.indexOf('\n', at + 1)) line++;
  return line;
}
