/** A text that nodes come from: a file of the tree, or text that stands inside of one, such as an inline patch. */
export interface SourceFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly text: string;
  /** Lines of the file before the first line of `text`; 0 for a whole file. */
  readonly lineShift: number;
  /**
   * Of a text that was decrypted: it is never shown. `value`: what comes from here was encrypted itself and belongs
   * into Secrets alone.
   */
  readonly secrecy?: 'file' | 'value';
}

/** A place in a source: what wrote a value. */
export interface Place {
  readonly file: SourceFile;
  /** Offset in the file's text. */
  readonly start: number;
}

/**
 * What a scalar is. `''` is a scalar that a transformer wrote without saying what it is: its text decides, unless it
 * stands in quotes. `other` is a tag of the user's own; its text stays text.
 */
export type ScalarTag = 'str' | 'int' | 'float' | 'bool' | 'null' | 'timestamp' | 'binary' | 'other' | '';

export interface ScalarNode extends Place {
  readonly kind: 'scalar';
  readonly tag: ScalarTag;
  /** As it is written, without quotes: `0x1F`, `1.10`, `~`. */
  readonly text: string;
  readonly isQuoted: boolean;
  /** Written as folded text (`>`), which kustomize does not always keep: see `rereadFolded`. */
  readonly isFolded: boolean;
}
export interface MapNode extends Place {
  readonly kind: 'map';
  readonly fields: ReadonlyMap<string, Node>;
}
export interface ListNode extends Place {
  readonly kind: 'list';
  readonly items: readonly Node[];
}

/**
 * YAML as kustomize sees it: values with the spelling they were written in, since replacements copy spellings and
 * merges drop or keep a null by its spelling. Immutable, so that files, bases and results share what they have in
 * common; each node knows the place that wrote it, which is all the provenance there is.
 */
export type Node = ScalarNode | MapNode | ListNode;

export function scalar(text: string, at: Place, tag: ScalarTag = 'str', isQuoted = false): ScalarNode {
  return { kind: 'scalar', tag, text, isQuoted, isFolded: false, file: at.file, start: at.start };
}

/** A value that takes another's place takes over its style, as kustomize's setters do. */
export function withStyleOf(node: ScalarNode, former: Node | undefined): ScalarNode {
  if (former?.kind !== 'scalar') return node;
  const { isFolded, isQuoted } = former;
  return isFolded === node.isFolded && isQuoted === node.isQuoted ? node : { ...node, isFolded, isQuoted };
}

export function mapNode(fields: ReadonlyMap<string, Node>, at: Place): MapNode {
  return { kind: 'map', fields, file: at.file, start: at.start };
}

export function listNode(items: readonly Node[], at: Place): ListNode {
  return { kind: 'list', items, file: at.file, start: at.start };
}

/** Whether a value was decrypted. */
export function isDecrypted({ file }: Place): boolean {
  return file.secrecy === 'value';
}

/** The place of a text that is made of two: that of the decrypted one, so that it is known to be secret. */
export function placeOfBoth(place: Place, other: Place): Place {
  return isDecrypted(other) ? other : place;
}

/** "Missing or null" is one thing to most of kustomize. */
export function isMissing(node: Node | undefined): node is undefined {
  return node === undefined || isNull(node);
}

export function isNull(node: Node | undefined): boolean {
  return node?.kind === 'scalar' && node.tag === 'null';
}

/** Null, `{}` or `[]`. */
export function isEmpty(node: Node | undefined): boolean {
  if (node === undefined) return true;
  if (node.kind === 'map') return node.fields.size === 0;
  return node.kind === 'list' ? node.items.length === 0 : node.tag === 'null';
}

/** The spelling of a scalar; empty for anything else. */
export function textOf(node: Node | undefined): string {
  return node?.kind === 'scalar' ? node.text : '';
}

export function fieldOf(node: Node | undefined, name: string): Node | undefined {
  return node?.kind === 'map' ? node.fields.get(name) : undefined;
}

export function withField(node: MapNode, name: string, value: Node): MapNode {
  if (node.fields.get(name) === value) return node;
  const fields = new Map(node.fields);
  fields.set(name, value);
  return mapNode(fields, node);
}

export function withoutField(node: MapNode, name: string): MapNode {
  if (!node.fields.has(name)) return node;
  const fields = new Map(node.fields);
  fields.delete(name);
  return mapNode(fields, node);
}

/** kustomize's words for the kinds of nodes in its messages. */
export function kindName(node: Node): string {
  return node.kind === 'scalar' ? 'a single value' : node.kind === 'map' ? 'a mapping' : 'a list';
}
