import type { JsonObject } from '../../lib/json.ts';
import type { FieldPath } from '../../objects/field-problem.ts';
import { isSensitiveName } from '../parse/excerpt.ts';
import { OPEN_SECRET_FIELDS } from '../parse/secret-lines.ts';
import { type MapNode, type Node, type Place, textOf } from './nodes/node.ts';
import { objectOf } from './nodes/node-value.ts';
import { lineOf } from './problems.ts';
import { idOfNode } from './resources/resource.ts';

/** Who wrote a value: a line of a file. */
export interface WrittenAt {
  readonly path: string;
  readonly line: number;
  /** False when the field does not exist, and the place is that of its deepest parent. */
  readonly exists: boolean;
}

export interface FoundNode {
  readonly node: Node;
  /** Whether the whole path exists; else the node is that of its deepest parent. */
  readonly exists: boolean;
}

/** One object of a rendering. Its JSON and the places of its fields are worked out when they are asked for. */
export class RenderedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** As it is written; undefined for none. */
  readonly namespace: string | undefined;
  readonly node: MapNode;
  readonly #place: Place;
  #json: JsonObject | undefined;

  constructor(node: MapNode, place: Place) {
    const { gvk, name, namespace } = idOfNode(node);
    this.apiVersion = gvk.group === '' ? gvk.version : `${gvk.group}/${gvk.version}`;
    this.kind = gvk.kind;
    this.name = name;
    this.namespace = namespace === '' ? undefined : namespace;
    this.node = node;
    this.#place = place;
  }

  /** The same object with other content. */
  with(node: MapNode): RenderedObject {
    return new RenderedObject(node, this.#place);
  }

  /** The object. Frozen it is not: it is made once and shared, so do not change it. */
  get object(): JsonObject {
    this.#json ??= objectOf(this.node);
    return this.#json;
  }

  /** Where the object itself was written, as a place in its file. */
  get place(): Place {
    return this.#place;
  }

  /** Where the object itself was written, before anything changed it: its file, or the generator's entry. */
  get origin(): { readonly path: string; readonly line: number } {
    return { path: this.#place.file.path, line: lineOf(this.#place) };
  }

  /**
   * The file and line that gave a field the value it has: the object's own file, a patch, or a field of a
   * kustomization.
   */
  writtenAt(field: FieldPath): WrittenAt {
    const { node, exists } = this.find(field);
    return { path: node.file.path, line: lineOf(node), exists };
  }

  /** The node of a field, or of its deepest parent where it does not exist. */
  find(field: FieldPath): FoundNode {
    let node: Node = this.node;
    for (const step of field) {
      const next: Node | undefined =
        node.kind === 'map'
          ? node.fields.get(String(step))
          : node.kind === 'list' && typeof step === 'number'
            ? node.items[step]
            : undefined;
      if (next === undefined) return { node, exists: false };
      node = next;
    }
    return { node, exists: true };
  }

  /** Whether a value of the field is not to be shown: the data of a Secret, and what has the name of a secret. */
  isSensitive(field: FieldPath): boolean {
    const [first = 'metadata'] = field;
    if (this.kind === 'Secret' && !OPEN_SECRET_FIELDS.has(String(first))) return true;
    if (this.kind === 'Secret' && field[1] === 'annotations') return true;
    if (field.some((step) => typeof step === 'string' && isSensitiveName(step))) return true;
    if (field.at(-1) !== 'value') return false;
    const name = this.find([...field.slice(0, -1), 'name']);
    return name.exists && isSensitiveName(textOf(name.node));
  }
}
