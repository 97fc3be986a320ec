import { NOT_SIMPLE, readShapedYamlSteps, type YamlShape } from '../../parse/simple-yaml.ts';
import { listNode, mapNode, type Node, type Place, type SourceFile, scalar } from './node.ts';
import { tagOfPlain, type YamlVersion } from './resolve-scalar.ts';

/**
 * The documents of a text that is simple enough for the fast reader, exactly as the full parser would give them;
 * undefined for any other.
 */
export function parseSimpleNodes(file: SourceFile, version: YamlVersion, place?: Place): readonly Node[] | undefined {
  const steps = readShapedYamlSteps(file.text, new NodeShape(file, version, place));
  for (;;) {
    const step = steps.next();
    if (!step.done) continue;
    return step.value?.map(({ value }) => value).filter((node) => node.kind !== 'scalar' || node.tag !== 'null');
  }
}

class NodeShape implements YamlShape<Node, Map<string, Node>> {
  readonly #file: SourceFile;
  readonly #version: YamlVersion;
  readonly #onlyPlace: Place | undefined;

  constructor(file: SourceFile, version: YamlVersion, onlyPlace: Place | undefined) {
    this.#file = file;
    this.#version = version;
    this.#onlyPlace = onlyPlace;
  }

  #at(start: number): Place {
    return this.#onlyPlace ?? { file: this.#file, start };
  }

  plain(source: string, start: number, isInFlow: boolean): Node {
    // What cannot stand in braces without quotes gets some when the object is written anew.
    return scalar(source, this.#at(start), tagOfPlain(source, this.#version), isInFlow && source.includes(':'));
  }

  text(text: string, start: number): Node {
    return scalar(text, this.#at(start), 'str', true);
  }

  nothing(start: number): Node {
    if (start < 0) throw NOT_SIMPLE;
    return scalar('', this.#at(start), 'null');
  }

  list(items: readonly Node[], start: number): Node {
    return listNode(items, this.#at(start));
  }

  newMap(): Map<string, Node> {
    return new Map();
  }

  has(map: ReadonlyMap<string, Node>, key: string): boolean {
    return map.has(key);
  }

  set(map: Map<string, Node>, key: string, value: Node): void {
    map.set(key, value);
  }

  map(fields: ReadonlyMap<string, Node>, start: number): Node {
    return mapNode(fields, this.#at(start));
  }
}
