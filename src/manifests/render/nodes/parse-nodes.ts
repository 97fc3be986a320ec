import { type Alias, isAlias, isMap, isScalar, isSeq, type ParsedNode, Scalar, type YAMLMap } from 'yaml';
import { LIMITS } from '../../../lib/limits.ts';
import { type ComposedDocument, compose } from '../../parse/compose.ts';
import { LineIndex } from '../../parse/line-index.ts';
import { isMergeKey } from '../../parse/node-to-json.ts';
import { syntaxProblem } from '../../parse/syntax-problem.ts';
import { RenderError } from '../problems.ts';
import { listNode, mapNode, type Node, type Place, type ScalarTag, type SourceFile, scalar } from './node.ts';
import { tagOfPlain, type YamlVersion } from './resolve-scalar.ts';
import { parseSimpleNodes } from './simple-nodes.ts';

/**
 * The documents of a text as nodes, without those that are empty. Throws a `RenderError` with its place for the first
 * mistake. Aliases and merge keys are expanded, as kustomize does on reading. `place`: what all nodes have as their
 * place, for a text that is no file.
 */
export function parseNodes(file: SourceFile, version: YamlVersion, place?: Place): readonly Node[] {
  return parseSimpleNodes(file, version, place) ?? parseNodesFully(file, version, place);
}

/** The same with the full parser, whatever the text is. */
export function parseNodesFully(file: SourceFile, version: YamlVersion, place?: Place): readonly Node[] {
  const composed = compose(file.text);
  if (composed.stopped !== undefined) {
    const { detail, help, offset } = composed.stopped;
    throw new RenderError('LimitExceeded', detail, { help, at: { file, start: offset } });
  }
  const nodes: Node[] = [];
  for (const document of composed.documents) {
    const [error] = document.errors;
    if (error !== undefined) throw syntaxErrorOf(file, error);
    const node = new NodeReader(file, version, place).readDocument(document);
    if (node !== undefined) nodes.push(node);
  }
  return nodes;
}

function syntaxErrorOf(file: SourceFile, error: ComposedDocument['errors'][number]): RenderError {
  const lines = new LineIndex(file.text);
  const problem = syntaxProblem(error, lines.lineText(lines.lineAt(error.pos[0])));
  const at = { file, start: problem.start };
  return new RenderError(problem.code, problem.message, {
    at,
    ...(problem.help === undefined ? {} : { help: problem.help }),
  });
}

const CORE_TAG = 'tag:yaml.org,2002:';
const TAGS: ReadonlyMap<string, ScalarTag> = new Map<string, ScalarTag>(
  (['str', 'int', 'float', 'bool', 'null', 'timestamp', 'binary'] as const).map((name) => [CORE_TAG + name, name]),
);

class NodeReader {
  readonly #file: SourceFile;
  readonly #version: YamlVersion;
  readonly #onlyPlace: Place | undefined;
  readonly #anchors = new Map<string, ParsedNode>();
  readonly #open = new Set<ParsedNode>();
  #expanded = 0;
  #aliasDepth = 0;
  #isInFlow = false;

  constructor(file: SourceFile, version: YamlVersion, onlyPlace: Place | undefined) {
    this.#file = file;
    this.#version = version;
    this.#onlyPlace = onlyPlace;
  }

  readDocument({ root }: ComposedDocument): Node | undefined {
    if (root === null) return undefined;
    const node = this.#read(root, root.range[0], 1);
    return node.kind === 'scalar' && node.tag === 'null' ? undefined : node;
  }

  #place(start: number): Place {
    return this.#onlyPlace ?? { file: this.#file, start };
  }

  #fail(node: ParsedNode, message: string, help: string): never {
    throw new RenderError('YamlValue', message, { help, at: this.#place(node.range[0]) });
  }

  #read(node: ParsedNode | null, keyStart: number, depth: number): Node {
    if (node === null) return scalar('', this.#place(keyStart), 'null', this.#isInFlow);
    if (depth > LIMITS.manifestDepth) this.#fail(node, 'the nesting is too deep (manifestDepth)', 'flatten it');
    if (this.#aliasDepth > 0 && ++this.#expanded > LIMITS.manifestAliasValues) {
      this.#fail(node, 'the aliases of this document expand to too many values (manifestAliasValues)', 'use fewer');
    }
    if (isAlias(node)) return this.#readAlias(node, keyStart, depth);
    if (node.anchor !== undefined && this.#aliasDepth === 0) this.#anchors.set(node.anchor, node);
    if (isScalar(node)) return this.#readScalar(node, keyStart);
    this.#open.add(node);
    const wasInFlow = this.#isInFlow;
    this.#isInFlow = node.flow === true;
    const read = isMap(node)
      ? this.#readMap(node as YAMLMap.Parsed, keyStart, depth)
      : listNode(
          (node.items as ParsedNode[]).map((item) => this.#read(item, item?.range[0] ?? keyStart, depth + 1)),
          this.#place(keyStart),
        );
    this.#isInFlow = wasInFlow;
    this.#open.delete(node);
    return read;
  }

  #readAlias(node: Alias.Parsed, keyStart: number, depth: number): Node {
    const target = this.#anchors.get(node.source);
    if (target === undefined) this.#fail(node, `no anchor "&${node.source}" stands before this alias`, 'define it');
    if (this.#open.has(target)) this.#fail(node, `the anchor "&${node.source}" contains itself`, 'write it out');
    this.#aliasDepth++;
    const read = this.#read(target, keyStart, depth);
    this.#aliasDepth--;
    return read;
  }

  #readScalar(node: Scalar.Parsed, keyStart: number): Node {
    const text = this.#textOf(node);
    const isEmpty = node.range[0] === node.range[1];
    const at = this.#place(isEmpty ? keyStart : node.range[0]);
    // A value that is missing in braces or brackets is written as '' when the object is written anew.
    const isQuoted = node.type !== Scalar.PLAIN;
    if (isEmpty && !isQuoted && this.#isInFlow && node.tag === undefined) return scalar('', at, 'null', true);
    if (node.tag !== undefined && node.tag !== '!') return scalar(text, at, TAGS.get(node.tag) ?? 'other');
    if (node.type === Scalar.BLOCK_FOLDED) return { ...scalar(text, at, 'str', true), isFolded: true };
    if (isQuoted || node.tag === '!') return scalar(text, at, 'str', true);
    // So is what cannot stand there without quotes.
    return scalar(text, at, tagOfPlain(text, this.#version), this.#isInFlow && text.includes(':'));
  }

  /** A block at the end of a file that ends without a line break has none either, to goyaml. */
  #textOf(node: Scalar.Parsed): string {
    const text = typeof node.value === 'string' ? node.value : '';
    const isBlock = node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED;
    const isCut = isBlock && node.range[1] >= this.#file.text.length && !this.#file.text.endsWith('\n');
    return isCut && text.endsWith('\n') ? text.slice(0, -1) : text;
  }

  #readMap(node: YAMLMap.Parsed, keyStart: number, depth: number): Node {
    const fields = new Map<string, Node>();
    const merged: Node[] = [];
    for (const { key, value } of node.items) {
      const start = key.range[0];
      if (isMergeKey(key)) {
        merged.push(...this.#mergeSources(value, start, depth));
        continue;
      }
      const name = this.#keyOf(key);
      if (fields.has(name) && this.#version === '1.2') {
        throw new RenderError('YamlDuplicateKey', 'this key appears twice in one mapping', {
          help: 'keep one of the two',
          at: this.#place(start),
        });
      }
      fields.set(name, this.#read(value, start, depth + 1));
    }
    if (merged.length === 0) return mapNode(fields, this.#place(keyStart));
    const all = new Map<string, Node>();
    for (const source of merged.reverse()) if (source.kind === 'map') for (const [k, v] of source.fields) all.set(k, v);
    for (const [k, v] of fields) all.set(k, v);
    return mapNode(all, this.#place(keyStart));
  }

  /** `<<` takes one mapping or several, of which the earlier wins (https://yaml.org/type/merge.html). */
  #mergeSources(value: ParsedNode | null, start: number, depth: number): readonly Node[] {
    const items = isSeq(value) ? (value.items as ParsedNode[]) : [value];
    return items.map((item) => {
      const read = this.#read(item, start, depth + 1);
      if (read.kind === 'map') return read;
      throw new RenderError('YamlValue', 'only a mapping can be merged with "<<"', { at: this.#place(start) });
    });
  }

  /** A key that is no text: kustomize cannot write objects with one, and takes it for text in its own files. */
  #keyText(key: ParsedNode, node: Scalar.Parsed): string {
    const text = String(node.value ?? '');
    const tag = node.type === Scalar.PLAIN && node.tag === undefined ? tagOfPlain(text, this.#version) : 'str';
    if (tag === 'str' || tag === 'timestamp') return text;
    if (this.#version === '1.1') return tag === 'bool' ? String(/^(?:y|yes|true|on)$/i.test(text)) : text;
    return this.#fail(key, `the key ${text || 'null'} is no text`, 'put the key in quotes');
  }

  #keyOf(key: ParsedNode): string {
    const target = isAlias(key) ? this.#anchors.get(key.source) : key;
    if (isScalar(target)) {
      if (target.anchor !== undefined && target === key) this.#anchors.set(target.anchor, key);
      return this.#keyText(key, target as Scalar.Parsed);
    }
    return this.#fail(
      key,
      'a mapping or list cannot be a key',
      'if this is a template, commit the rendered result; a value that starts with "{" or "[" needs quotes',
    );
  }
}
