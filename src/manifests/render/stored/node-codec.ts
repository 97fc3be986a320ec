import {
  listNode,
  type MapNode,
  mapNode,
  type Node,
  type Place,
  type ScalarTag,
  type SourceFile,
} from '../nodes/node.ts';

/** Nodes as JSON: `[kind, file, start, …]`, with the files they come from in a table. */
export type NodeJson = readonly unknown[];

const TAGS: readonly ScalarTag[] = ['str', 'int', 'float', 'bool', 'null', 'timestamp', 'binary', 'other', ''];
const SCALAR = 0;
const MAP = 1;
const LIST = 2;
const QUOTED = 1;
const FOLDED = 2;

/** A value that was decrypted was about to be stored. */
export class SecretNodeError extends Error {
  override readonly name = 'SecretNodeError';
}

export class NodeEncoder {
  readonly files: SourceFile[] = [];
  readonly #indexes = new Map<SourceFile, number>();

  encode(node: Node): NodeJson {
    const file = this.fileOf(node);
    if (node.kind === 'scalar') {
      const flags = (node.isQuoted ? QUOTED : 0) | (node.isFolded ? FOLDED : 0);
      return [SCALAR, file, node.start, node.text, TAGS.indexOf(node.tag), flags];
    }
    if (node.kind === 'list') return [LIST, file, node.start, node.items.map((item) => this.encode(item))];
    return [MAP, file, node.start, [...node.fields].flatMap(([name, value]) => [name, this.encode(value)])];
  }

  /** The file's place in the table. Throws `SecretNodeError`. */
  fileOf({ file }: Place): number {
    const known = this.#indexes.get(file);
    if (known !== undefined) return known;
    if (file.secrecy !== undefined) throw new SecretNodeError('a decrypted value is never stored');
    this.#indexes.set(file, this.files.length);
    return this.files.push(file) - 1;
  }
}

/** Throws for everything that no encoder has written. */
export class NodeDecoder {
  readonly #files: readonly SourceFile[];

  constructor(files: readonly SourceFile[]) {
    this.#files = files;
  }

  decode(json: unknown): Node {
    if (!Array.isArray(json)) throw malformed();
    const [kind, fileIndex, start, content, tagIndex, flags]: readonly unknown[] = json;
    const at = this.placeOf(fileIndex, start);
    if (kind === SCALAR) {
      const tag = TAGS[Number(tagIndex)];
      if (typeof content !== 'string' || tag === undefined || typeof flags !== 'number') throw malformed();
      const isQuoted = (flags & QUOTED) !== 0;
      return { kind: 'scalar', tag, text: content, isQuoted, isFolded: (flags & FOLDED) !== 0, ...at };
    }
    if (!Array.isArray(content)) throw malformed();
    if (kind === LIST)
      return listNode(
        content.map((item) => this.decode(item)),
        at,
      );
    if (kind === MAP) return this.#decodeMap(content, at);
    throw malformed();
  }

  #decodeMap(content: readonly unknown[], at: Place): MapNode {
    const fields = new Map<string, Node>();
    for (let index = 0; index < content.length; index += 2) {
      const name = content[index];
      if (typeof name !== 'string') throw malformed();
      fields.set(name, this.decode(content[index + 1]));
    }
    return mapNode(fields, at);
  }

  placeOf(fileIndex: unknown, start: unknown): Place {
    const file = this.#files[Number(fileIndex)];
    if (file === undefined || typeof start !== 'number') throw malformed();
    return { file, start };
  }
}

export function malformed(): Error {
  return new Error('the stored result is malformed');
}
