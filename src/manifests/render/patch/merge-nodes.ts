import {
  fieldOf,
  isMissing,
  isNull,
  kindName,
  type ListNode,
  type MapNode,
  mapNode,
  type Node,
  textOf,
  withoutField,
  withStyleOf,
} from '../nodes/node.ts';
import { RenderError } from '../problems.ts';
import { mergeKeyedList } from './merge-list.ts';
import type { MergeSchema, SchemaLookup } from './merge-schema.ts';

const DIRECTIVE = '$patch';

/** A merge's result. `isTarget`: the target itself went on, merged; else something stands in its place. */
export interface Merged {
  readonly node: Node | undefined;
  readonly isTarget: boolean;
}

const CLEARED: Merged = { node: undefined, isTarget: false };

/**
 * Applies a strategic merge patch as kustomize does (kyaml, merge2 with lists that grow at their start); the API
 * server's own merge is another one (`src/objects/patch`): here what a patch adds to a list comes first, `$retainKeys`
 * and `$setElementOrder` mean nothing, and the whole target is walked, so that nulls without a spelling and items named
 * twice go from parts that the patch does not touch. Returns undefined when the patch deletes the target.
 */
export function mergePatch(target: MapNode, patch: Node, schemas: SchemaLookup): MapNode | undefined {
  const { node } = new Merger(schemas).merge(target, patch, undefined);
  return node?.kind === 'map' ? node : undefined;
}

export class Merger {
  readonly #schemas: SchemaLookup;

  constructor(schemas: SchemaLookup) {
    this.#schemas = schemas;
  }

  merge(target: Node | undefined, patch: Node | undefined, typed: MergeSchema | undefined): Merged {
    const first = isMissing(target) ? patch : target;
    if (isMissing(first)) return this.#mergeMap(target, patch, typed);
    const other = first === target ? patch : undefined;
    if (!isMissing(other) && other.kind !== first.kind) {
      throw new RenderError(
        'RenderFailed',
        `the patch has ${kindName(other)} where the object has ${kindName(first)}`,
        {
          help: 'write what the object has there',
          at: other,
        },
      );
    }
    const schema = typed ?? this.#schemaOf(target) ?? this.#schemaOf(patch);
    if (first.kind === 'map') return this.#mergeMap(target, patch, schema);
    if (first.kind === 'list' && schema?.mergeKeys !== undefined) {
      return this.#mergeList(target, patch, schema, schema.mergeKeys);
    }
    if (patch === undefined) return { node: target, isTarget: true };
    return { node: patch.kind === 'scalar' ? withStyleOf(patch, target) : patch, isTarget: patch === target };
  }

  /** A value below that says its own kind, such as a template of an object, has that kind's schema. */
  #schemaOf(node: Node | undefined): MergeSchema | undefined {
    if (node?.kind !== 'map') return undefined;
    const kind = textOf(node.fields.get('kind'));
    const apiVersion = textOf(node.fields.get('apiVersion'));
    return kind === '' || apiVersion === '' ? undefined : this.#schemas(apiVersion, kind);
  }

  #mergeMap(target: Node | undefined, patch: Node | undefined, schema: MergeSchema | undefined): Merged {
    if (isMissing(target)) {
      const { directive, rest } = takeMapDirective(patch);
      if (directive === 'delete') return CLEARED;
      // A null that is written out stays; one that is only a missing value goes.
      if (patch === undefined) return textOf(target) === '' ? CLEARED : { node: target, isTarget: true };
      if (rest?.kind !== 'map') return CLEARED;
      return { node: this.#mergeFields(rest, rest, schema), isTarget: false };
    }
    if (isNull(patch)) return CLEARED;
    const { directive, rest } = takeMapDirective(patch);
    if (directive === 'delete') return CLEARED;
    if (target.kind !== 'map') return { node: target, isTarget: true };
    if (directive === 'replace' && rest?.kind === 'map') {
      return { node: this.#mergeFields(rest, rest, schema), isTarget: target === patch };
    }
    return { node: this.#mergeFields(target, rest?.kind === 'map' ? rest : undefined, schema), isTarget: true };
  }

  #mergeFields(target: MapNode, patch: MapNode | undefined, schema: MergeSchema | undefined): MapNode {
    let fields: Map<string, Node> | undefined;
    const mergeField = (name: string, before: Node | undefined, change: Node | undefined) => {
      const after = this.merge(before, change, schema?.field(name)).node;
      if (after === before) return;
      fields ??= new Map(target.fields);
      if (after === undefined || isNull(after)) fields.delete(name);
      else fields.set(name, after);
    };
    for (const [name, before] of target.fields) mergeField(name, before, patch?.fields.get(name));
    if (patch !== undefined && patch !== target) {
      for (const [name, change] of patch.fields) if (!target.fields.has(name)) mergeField(name, undefined, change);
    }
    return fields === undefined ? target : mapNode(fields, target);
  }

  #mergeList(target: Node | undefined, patch: Node | undefined, schema: MergeSchema, keys: readonly string[]): Merged {
    const own = target?.kind === 'list' ? target : undefined;
    if (own !== undefined && isNull(patch)) return CLEARED;
    const { directive, rest } = takeListDirective(patch?.kind === 'list' ? patch : undefined);
    if (own === undefined) {
      if (patch?.kind !== 'list') return CLEARED;
      return { node: mergeKeyedList(this, patch, patch, { keys, schema: schema.items() }), isTarget: false };
    }
    if (directive === 'delete') return CLEARED;
    if (directive === 'replace' && rest !== undefined) {
      return { node: mergeKeyedList(this, rest, rest, { keys, schema: schema.items() }), isTarget: false };
    }
    return { node: mergeKeyedList(this, own, rest, { keys, schema: schema.items() }), isTarget: true };
  }
}

/** `$patch: delete`, `replace` or `merge` in a mapping, and the mapping without it. */
function takeMapDirective(patch: Node | undefined): { readonly directive: string; readonly rest: Node | undefined } {
  const directive = fieldOf(patch, DIRECTIVE);
  if (patch?.kind !== 'map' || directive === undefined) return { directive: 'merge', rest: patch };
  return { directive: checkDirective(directive), rest: withoutField(patch, DIRECTIVE) };
}

function checkDirective(node: Node): string {
  const directive = textOf(node);
  if (directive === 'delete' || directive === 'replace' || directive === 'merge') return directive;
  throw new RenderError('RenderFailed', `${JSON.stringify(directive)} is no value for $patch`, {
    help: 'write delete, replace or merge',
    at: node,
  });
}

/** An item that is nothing but `$patch: …` speaks for its whole list. */
function takeListDirective(list: ListNode | undefined): {
  readonly directive: string;
  readonly rest: ListNode | undefined;
} {
  const item = list?.items.find((candidate) => fieldOf(candidate, DIRECTIVE) !== undefined);
  const node = fieldOf(item, DIRECTIVE);
  if (list === undefined || node === undefined || (item?.kind === 'map' && item.fields.size > 1)) {
    return { directive: 'merge', rest: list };
  }
  const directive = checkDirective(node);
  const items = list.items.filter((candidate) => textOf(fieldOf(candidate, DIRECTIVE)) !== directive);
  return { directive, rest: { ...list, items } };
}
