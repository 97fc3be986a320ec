import {
  fieldOf,
  isEmpty,
  isNull,
  type ListNode,
  listNode,
  type MapNode,
  type Node,
  scalar,
  textOf,
  withField,
} from '../nodes/node.ts';
import type { Merger } from './merge-nodes.ts';
import type { MergeSchema } from './merge-schema.ts';

interface KeyedList {
  /** The fields that name an item; none when the items are single values, which name themselves. */
  readonly keys: readonly string[];
  readonly schema: MergeSchema | undefined;
}

/**
 * Merges lists whose items have names (kyaml, walkAssociativeSequence): the items that the patch names come first, in
 * its order, then those of the target alone. Where a list has two keys, such as port and protocol, an item without the
 * second stands for the one that has the same first. What kyaml does with items that lack a key is odd and imitated:
 * comparing is by spelling throughout.
 */
export function mergeKeyedList(
  merger: Merger,
  target: ListNode,
  patch: ListNode | undefined,
  { keys, schema }: KeyedList,
): ListNode | undefined {
  const isPrimitive = keys.length === 0;
  const names = isPrimitive ? [''] : keys;
  const sources = patch === undefined ? [target] : patch === target ? [target] : [patch, target];
  const all = isPrimitive ? primitiveNames(sources) : itemNames(sources, keys);
  const merged = names.length > 1 ? joinPartialNames(all) : all;
  const state = { target: [...target.items] };
  let added: Node[] = [];
  let valid = { keys: names as readonly string[], values: [] as readonly string[] };
  for (const values of merged) {
    valid = validNames(merged, values, names);
    const named = validNames([valid.values], valid.values, valid.keys);
    const before = findItem(state.target, named);
    const change = patch === target ? before : patch && findItem(patch.items, named);
    const result = merger.merge(before, change, schema);
    if (result.node === undefined || isNull(result.node) || isEmptyMap(result.node)) {
      state.target = setItem(state.target, undefined, valid.keys, valid.values);
      continue;
    }
    const item = withNames(result.node, valid.keys, valid.values);
    // In kyaml the target's item is changed where it stands; the patch's item, where it replaces, does not get there.
    if (result.isTarget && before !== undefined) {
      state.target = state.target.map((candidate) => (candidate === before ? item : candidate));
    }
    added = setItem(added, item, valid.keys, valid.values);
  }
  if (merged.length > 0) return listNode(appendItems(added, state.target, valid.keys), target);
  return listNode(state.target, target);
}

/** Each item's key values; '' for a key that an item lacks. The first of equal ones counts. */
function itemNames(sources: readonly ListNode[], keys: readonly string[]): string[][] {
  const seen = new Set<string>();
  const names: string[][] = [];
  for (const { items } of sources) {
    for (const item of items) {
      const values = keys.map((key) => {
        const value = fieldOf(item, key);
        return isEmpty(value) ? '' : textOf(value);
      });
      const id = JSON.stringify(values);
      if (seen.has(id)) continue;
      seen.add(id);
      names.push(values);
    }
  }
  return names;
}

function primitiveNames(sources: readonly ListNode[]): string[][] {
  const seen = new Set<string>();
  for (const { items } of sources) for (const item of items) seen.add(textOf(item));
  return [...seen].map((text) => [text]);
}

/** Names that differ only where one has nothing are one name. */
function joinPartialNames(names: readonly string[][]): string[][] {
  const joined = [...names];
  for (let i = 0; i < joined.length; i++) {
    const first = joined[i] ?? [];
    for (let j = 0; j < joined.length; j++) {
      const match = matchNames(first, joined[j] ?? []);
      if (match === undefined) continue;
      joined[i] = match;
      joined[j] = match;
    }
  }
  return joined;
}

function matchNames(a: readonly string[], b: readonly string[]): string[] | undefined {
  let hasCommon = false;
  const values: string[] = [];
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? '';
    if (value === other) hasCommon = true;
    else if (value !== '' && other !== '') return undefined;
    values.push(value === '' ? other : value);
  }
  return hasCommon ? values : undefined;
}

interface Names {
  readonly keys: readonly string[];
  readonly values: readonly string[];
}

/** Leaves out the keys that no item of the list has. */
function validNames(all: readonly (readonly string[])[], values: readonly string[], keys: readonly string[]): Names {
  const used = keys.map((_key, index) => all.some((names) => (names[index] ?? '') !== ''));
  if (!used.includes(true)) return { keys, values };
  return { keys: keys.filter((_key, index) => used[index]), values: values.filter((_value, index) => used[index]) };
}

function findItem(items: readonly Node[], { keys, values }: Names): Node | undefined {
  if ((keys[0] ?? '') === '') return items.find((item) => textOf(item) === (values[0] ?? ''));
  return items.find(
    (item) =>
      item.kind === 'map' &&
      keys.every((key, index) => {
        const field = item.fields.get(key);
        return field !== undefined && textOf(field) === (values[index] ?? '');
      }),
  );
}

function isEmptyMap(node: Node): boolean {
  return node.kind === 'map' && node.fields.size === 0;
}

function withNames(node: Node, keys: readonly string[], values: readonly string[]): Node {
  if (node.kind !== 'map') return node;
  let named: MapNode = node;
  for (const [index, key] of keys.entries()) {
    const value = values[index] ?? '';
    if (named.fields.has(key) || value === '') continue;
    named = withField(named, key, scalar(value, node, 'str'));
  }
  return named;
}

/**
 * Puts `element` where an item of that name stands, or at the end; removes the items of that name when there is no
 * element. Empty items go (kyaml, ElementSetter).
 */
function setItem(
  items: readonly Node[],
  element: Node | undefined,
  keys: readonly string[],
  values: readonly string[],
): Node[] {
  const isByField = (keys[0] ?? '') !== '' && (values[0] ?? '') !== '';
  const next: Node[] = [];
  let isFound = false;
  for (const item of items) {
    if (isNull(item) || isEmptyMap(item)) continue;
    if (item.kind !== 'map' && isByField) next.push(item);
    else if (!hasNames(item, keys, values)) {
      if (values.length > 0) next.push(item);
    } else {
      isFound = true;
      if (element !== undefined) next.push(element);
    }
  }
  if (element !== undefined && !isNull(element) && !isFound) next.push(element);
  return next;
}

function hasNames(item: Node, keys: readonly string[], values: readonly string[]): boolean {
  let isMatch = false;
  for (const [index, key] of keys.entries()) {
    const value = values[index];
    if (value !== undefined) isMatch = hasName(item, key, value);
    if (!isMatch) return false;
  }
  return isMatch;
}

function hasName(item: Node, key: string, value: string): boolean {
  if (key === '') return item.kind === 'scalar' && item.text === value;
  const field = fieldOf(item, key);
  return field !== undefined && (value === '' || textOf(field) === value);
}

/** Adds the target's own items behind what was merged (kyaml, appendListNode). */
function appendItems(merged: readonly Node[], own: readonly Node[], keys: readonly string[]): Node[] {
  let items = [...merged];
  for (const item of own) {
    if (keys[0] === '') {
      items = setItem(items, item, [''], [textOf(item)]);
      continue;
    }
    const values: string[] = [];
    for (const key of keys) {
      const value = fieldOf(item, key);
      if (value === undefined) items.push(item);
      else values.push(textOf(value));
    }
    if (keys.length > 1) items = setItem(items, undefined, keys, values);
    items = setItem(items, item, keys, values);
  }
  return items;
}
