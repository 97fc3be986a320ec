import { type DataKeyResult, type DecryptError, dataKeyId, type WrappedKey } from '../../decrypt/index.ts';
import { listNode, mapNode, type Node, type Place, type SourceFile } from '../nodes/node.ts';
import { BLOB_NEEDED, RenderError } from '../problems.ts';

/** Where a lookup of a key stands among those of files: no path begins so. */
export const KEY_LOOKUP = '\0key ';

/** Stands among the lookups of a result that helm had a part in. */
export const CHART_LOOKUP = '\0chart';

/** The keys of encrypted files: what the caller gave, and what he has to be asked for. */
export class FileKeys {
  /** Keys to unwrap, by their id. */
  readonly needed = new Map<string, readonly WrappedKey[]>();
  readonly #given: ReadonlyMap<string, DataKeyResult> | undefined;
  readonly #seen: Map<string, readonly WrappedKey[]>;

  /**
   * `given` is undefined where nothing is to be decrypted; `seen` outlives this rendering, so that a result can be
   * checked by ids alone.
   */
  constructor(given: ReadonlyMap<string, DataKeyResult> | undefined, seen: Map<string, readonly WrappedKey[]>) {
    this.#given = given;
    this.#seen = seen;
  }

  get isOn(): boolean {
    return this.#given !== undefined;
  }

  /**
   * What is known of a key, as a stamp of the lookup that a result depends on; it begins with a slash, since it leads
   * to no file.
   */
  stampOf(id: string): string {
    if (this.#given === undefined) return '/off';
    const result = this.#given.get(id);
    if (result !== undefined) return result.type === 'missing' ? `/missing ${result.message}` : `/${result.type}`;
    const keys = this.#seen.get(id);
    if (keys !== undefined) this.needed.set(id, keys);
    throw BLOB_NEEDED;
  }

  /**
   * The key of a file; undefined for one that is withheld. Throws `BlobNeeded`, or a `RenderError` that says which key
   * is missing.
   */
  unwrap(keys: readonly WrappedKey[], at: Place): Uint8Array | undefined {
    const id = dataKeyId(keys);
    const result = this.#given?.get(id);
    if (result?.type === 'key') return result.key;
    if (result?.type === 'withheld') return undefined;
    if (result !== undefined) {
      throw new RenderError('DecryptionKeyMissing', result.message, { help: result.help, at });
    }
    this.needed.set(id, keys);
    throw BLOB_NEEDED;
  }

  /** Remembers which keys an id stands for, and gives it. */
  remember(keys: readonly WrappedKey[]): string {
    const id = dataKeyId(keys);
    this.#seen.set(id, keys);
    return id;
  }
}

/** The problem of a file that cannot be decrypted. */
export function decryptProblem(error: DecryptError, file: SourceFile): RenderError {
  return new RenderError(error.code, error.message, {
    ...(error.help === undefined ? {} : { help: error.help }),
    at: { file, start: error.start ?? 0 },
  });
}

/** The same nodes, with those that begin where a decrypted value does marked as such. */
export function markDecrypted(nodes: readonly Node[], starts: ReadonlySet<number>, file: SourceFile): readonly Node[] {
  const secret: SourceFile = { ...file, secrecy: 'value' };
  const mark = (node: Node): Node => {
    if (node.kind === 'scalar') return starts.has(node.start) ? { ...node, file: secret } : node;
    if (node.kind === 'list') return listNode(node.items.map(mark), node);
    return mapNode(new Map([...node.fields].map(([name, value]) => [name, mark(value)])), node);
  };
  return nodes.map(mark);
}
