import { type Alias, isAlias, isMap, isScalar, type ParsedNode, Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import { isJsonObject, type JsonValue } from '../../lib/json.ts';
import { LIMITS } from '../../lib/limits.ts';
import { BoundedProblems } from '../bounded-problems.ts';
import { resolvePlainScalar } from './resolve-scalar.ts';
import type { TextProblem } from './syntax-problem.ts';

const CORE_TAG = 'tag:yaml.org,2002:';

/** Ends the decoding of one document. */
class DocumentStopped extends Error {}

/**
 * Turns one document's nodes into JSON as kubectl does. Collects problems; a limit that is passed ends the document
 * with the value `undefined`.
 */
export function nodeToJson(root: ParsedNode): {
  readonly value: JsonValue | undefined;
  readonly problems: readonly TextProblem[];
  /** Problems beyond those. */
  readonly omitted: number;
} {
  const decoder = new NodeDecoder();
  let value: JsonValue | undefined;
  try {
    value = decoder.decode(root, 1);
  } catch (error) {
    if (!(error instanceof DocumentStopped)) throw error;
  }
  const { items: problems, omittedCount: omitted } = decoder.problems;
  return { value, problems, omitted };
}

/**
 * Invariants: `#anchors` has the anchors that stand before the place that is being decoded, the last one of each name;
 * `#open` the collections that are being decoded.
 */
class NodeDecoder {
  readonly problems = new BoundedProblems<TextProblem>(LIMITS.diagnostics);
  readonly #anchors = new Map<string, ParsedNode>();
  readonly #open = new Set<ParsedNode>();
  /** The alias in the text whose expansion is under way: problems inside are its problems. */
  #alias: Alias.Parsed | undefined;
  #aliasCount = 0;
  #aliasValues = 0;

  decode(node: ParsedNode | null, depth: number): JsonValue {
    if (node === null) return null;
    if (depth > LIMITS.manifestDepth)
      this.#stop(node, `aliases nest deeper than ${LIMITS.manifestDepth} levels (manifestDepth)`);
    if (this.#alias !== undefined && ++this.#aliasValues > LIMITS.manifestAliasValues) {
      const limit = `${LIMITS.manifestAliasValues} values (manifestAliasValues)`;
      this.#stop(node, `the aliases of this document expand to more than ${limit}`);
    }
    if (isAlias(node)) return this.#decodeAlias(node, depth);
    this.#register(node);
    if (isScalar(node)) return this.#decodeScalar(node);
    this.#checkCollectionTag(node);
    this.#open.add(node);
    const value = isMap(node) ? this.#decodeMap(node as YAMLMap.Parsed, depth) : this.#decodeSequence(node, depth);
    this.#open.delete(node);
    return value;
  }

  #register(node: Exclude<ParsedNode, Alias.Parsed>): void {
    if (node.anchor !== undefined && this.#alias === undefined) this.#anchors.set(node.anchor, node);
  }

  #decodeAlias(node: Alias.Parsed, depth: number): JsonValue {
    const target = this.#resolveAlias(node);
    if (target === undefined) return null;
    const outer = this.#alias;
    this.#alias = outer ?? node;
    const value = this.decode(target, depth);
    this.#alias = outer;
    return value;
  }

  /** What an alias stands for; reports one without an anchor and one that contains itself. */
  #resolveAlias(node: Alias.Parsed): ParsedNode | undefined {
    if (++this.#aliasCount > LIMITS.manifestAliases) {
      const limit = `${LIMITS.manifestAliases} times (manifestAliases)`;
      this.#stop(node, `the aliases of this document expand more than ${limit}`);
    }
    const target = this.#anchors.get(node.source);
    if (target === undefined) {
      this.#report(
        node,
        'YamlAlias',
        `no anchor "&${node.source}" stands before this alias`,
        'define it earlier in the same document',
      );
      return undefined;
    }
    if (this.#open.has(target)) {
      this.#report(node, 'YamlAlias', `the anchor "&${node.source}" contains itself`, 'write the values out');
      return undefined;
    }
    return target;
  }

  #decodeSequence(node: YAMLSeq.Parsed, depth: number): JsonValue {
    return node.items.map((item) => this.decode(item as ParsedNode, depth + 1));
  }

  #decodeMap(node: YAMLMap.Parsed, depth: number): JsonValue {
    const fields = new Map<string, JsonValue>();
    const keyNodes = new Map<string, ParsedNode>();
    const merges: (ParsedNode | null)[] = [];
    for (const { key, value } of node.items) {
      if (isMergeKey(key)) {
        merges.push(value);
        continue;
      }
      const name = this.#keyOf(key, depth);
      const child = this.decode(value, depth + 1);
      if (name === undefined) continue;
      const first = keyNodes.get(name);
      if (first === undefined) keyNodes.set(name, key);
      else this.#reportDuplicate(key, first);
      fields.set(name, child);
    }
    for (const merge of merges) this.#merge(fields, merge, depth);
    return objectOf(fields);
  }

  /**
   * `<<: *base` adds the fields that the mapping itself does not have; of several sources the earlier wins
   * (https://yaml.org/type/merge.html).
   */
  #merge(fields: Map<string, JsonValue>, source: ParsedNode | null, depth: number): void {
    const value = this.decode(source, depth + 1);
    const maps: readonly JsonValue[] = Array.isArray(value) ? value : [value];
    for (const map of maps) {
      if (!isJsonObject(map)) {
        if (source !== null)
          this.#report(source, 'YamlValue', 'only a mapping can be merged with "<<"', 'refer to a mapping');
        return;
      }
      for (const [name, child] of Object.entries(map)) if (!fields.has(name)) fields.set(name, child);
    }
  }

  /**
   * A key as sigs.k8s.io/yaml turns it into a JSON key: numbers and booleans become text, null and collections are
   * refused.
   */
  #keyOf(key: ParsedNode, depth: number): string | undefined {
    const value = isScalar(key) || isAlias(key) ? this.decode(key, depth + 1) : undefined;
    if (typeof value === 'string') return value;
    if (typeof value === 'boolean') return this.#booleanKey(key, value);
    if (typeof value === 'number') return String(value);
    if (isAlias(key) && value === null) return undefined;
    if (value === null) {
      this.#report(key, 'YamlValue', 'an empty or null key is not possible in JSON', 'write a key before the ":"');
      return undefined;
    }
    const help = 'if this is a template, commit the rendered result; a value that starts with "{" or "[" needs quotes';
    this.#report(key, 'YamlValue', 'a mapping or list cannot be a key', help);
    return undefined;
  }

  /** A key such as `on` or `n` becomes "true" or "false" with kubectl, too; hardly anybody means that. */
  #booleanKey(key: ParsedNode, value: boolean): string {
    const name = String(value);
    if (!isScalar(key) || String(key.value) !== name) {
      this.#report(key, 'YamlValue', `this key is read as "${name}" (YAML 1.1)`, 'put the key in quotes', 'warning');
    }
    return name;
  }

  #decodeScalar(node: Scalar.Parsed): JsonValue {
    const text = typeof node.value === 'string' ? node.value : '';
    if (node.tag !== undefined && node.tag !== '!') return this.#decodeTagged(node, node.tag, text);
    if (node.type !== Scalar.PLAIN || node.tag === '!') return text;
    const resolved = resolvePlainScalar(text);
    if (resolved.type === 'value') return resolved.value;
    this.#report(node, 'YamlValue', resolved.reason, 'put the value in quotes if it is text');
    return text;
  }

  #decodeTagged(node: Scalar.Parsed, tag: string, text: string): JsonValue {
    const wanted = tag.startsWith(CORE_TAG) ? tag.slice(CORE_TAG.length) : tag;
    if (wanted === 'str' || wanted === 'timestamp') return text;
    if (wanted === 'binary') return this.#decodeBinary(node, text);
    const type = SCALAR_TAGS.get(wanted);
    if (type === undefined) {
      this.#report(
        node,
        'YamlTagUnknown',
        'Kubernetes knows no such tag: the value is taken as text',
        'remove the tag',
        'warning',
      );
      return text;
    }
    const resolved = resolvePlainScalar(text);
    if (resolved.type === 'value' && type(resolved.value)) return resolved.value;
    this.#report(
      node,
      'YamlValue',
      `the value is no ${wanted}, as its tag says`,
      'correct the value or remove the tag',
    );
    return text;
  }

  /** goyaml decodes `!!binary` and keeps the bytes as text, which JSON can carry only when they are UTF-8. */
  #decodeBinary(node: Scalar.Parsed, text: string): JsonValue {
    try {
      const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      this.#report(
        node,
        'YamlValue',
        'the !!binary value is not base64 of UTF-8 text',
        'use binaryData or data instead',
      );
      return '';
    }
  }

  #checkCollectionTag(node: YAMLMap.Parsed | YAMLSeq.Parsed): void {
    const { tag } = node;
    if (tag === undefined || tag === '!' || tag === `${CORE_TAG}${isMap(node) ? 'map' : 'seq'}`) return;
    this.#report(node, 'YamlTagUnknown', 'Kubernetes knows no such tag: it is dropped', 'remove the tag', 'warning');
  }

  #reportDuplicate(key: ParsedNode, first: ParsedNode): void {
    const message = 'this key appears twice in one mapping';
    const [start, end] = key.range;
    this.#add({
      code: 'YamlDuplicateKey',
      severity: 'error',
      start,
      end,
      message,
      firstStart: first.range[0],
      help: 'keep one of the two',
    });
  }

  #report(
    node: ParsedNode,
    code: TextProblem['code'],
    message: string,
    help: string,
    severity: TextProblem['severity'] = 'error',
  ): void {
    const [start, end] = (this.#alias ?? node).range;
    this.#add({ code, severity, start, end, message, help });
  }

  /** What is wrong inside an anchored value was reported where it stands; its expansions add nothing but the limits. */
  #add(problem: TextProblem): void {
    if (this.#alias !== undefined && problem.code !== 'LimitExceeded') return;
    // A limit that is passed ends the document, whatever else is wrong with it: one of a kind, so that it is always
    // told.
    this.problems.add(problem.severity, problem.code === 'LimitExceeded' ? problem.code : '', () => problem);
  }

  #stop(node: ParsedNode, message: string): never {
    this.#report(node, 'LimitExceeded', message, 'write the values out, or make the document smaller');
    throw new DocumentStopped(message);
  }
}

const SCALAR_TAGS: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['bool', (value: unknown) => typeof value === 'boolean'],
  ['float', (value: unknown) => typeof value === 'number'],
  ['int', (value: unknown) => Number.isInteger(value)],
  ['null', (value: unknown) => value === null],
]);

/** Whether a key is the merge key: `<<` without quotes. */
export function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === '<<' && key.type === Scalar.PLAIN && key.tag === undefined;
}

/** `__proto__` is a key like any other here. */
function objectOf(fields: ReadonlyMap<string, JsonValue>): JsonValue {
  const object: Record<string, JsonValue> = {};
  for (const [name, value] of fields) {
    if (name === '__proto__') {
      Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
    } else object[name] = value;
  }
  return object;
}
