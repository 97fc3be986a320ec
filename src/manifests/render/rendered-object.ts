import type { JsonObject } from '../../lib/json.ts';
import type { FieldPath } from '../../objects/field-problem.ts';
import type { MapNode, Node, Place } from './nodes/node.ts';
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

  /** Where the object itself was written, before anything changed it: its file, or the generator's entry. */
  get origin(): { readonly path: string; readonly line: number } {
    return { path: this.#place.file.path, line: lineOf(this.#place) };
  }

  /** The file and line that gave a field the value it has: the object's own file, a patch, or a field of a kustomization. */
  writtenAt(field: FieldPath): WrittenAt {
    let node: Node = this.node;
    for (const step of field) {
      const next: Node | undefined =
        node.kind === 'map'
          ? node.fields.get(String(step))
          : node.kind === 'list' && typeof step === 'number'
            ? node.items[step]
            : undefined;
      if (next === undefined) return { path: node.file.path, line: lineOf(node), exists: false };
      node = next;
    }
    return { path: node.file.path, line: lineOf(node), exists: true };
  }
}
