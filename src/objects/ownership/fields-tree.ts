import { isJsonObject, type JsonObject } from '../../lib/json.ts';
import { LIMITS } from '../../lib/limits.ts';

/**
 * A set of fields as `FieldsV1` has it: `{"f:spec": {"f:replicas": {}}}`. Keys are `f:name`, `k:{"name":"web"}` (an
 * item by its keys) and `v:"text"` (an item of a set); a node is in the set itself when it is empty or has `.`. The
 * empty set is `undefined`.
 *
 * Trees are immutable and shared: equal ones are one object, so that ten thousand objects of one shape keep one tree,
 * and comparing two is comparing references. Only this file makes them.
 */
export type FieldsTree = JsonObject;

const MEMBER = '.';

const identities = new WeakMap<object, number>();
let nextIdentity = 1;
let pool = new Map<string, FieldsTree>();

function identify(node: FieldsTree): number {
  const identity = nextIdentity++;
  identities.set(node, identity);
  return identity;
}

/** The node that holds nothing but itself. */
export const LEAF: FieldsTree = Object.freeze({});
identify(LEAF);

/** In a set to subtract: this node and everything below it. */
export const WHOLE: FieldsTree = Object.freeze({ '*': LEAF });
identify(WHOLE);

export type FieldsEntry = readonly [key: string, node: FieldsTree];

/** The node with these children; `undefined` when it would be empty. */
export function newNode(children: readonly FieldsEntry[], isMember: boolean): FieldsTree | undefined {
  if (children.length === 0) return isMember ? LEAF : undefined;
  const sorted = isAscending(children) ? children : [...children].sort(([a], [b]) => (a < b ? -1 : 1));
  let name = isMember ? MEMBER : '';
  for (const [key, node] of sorted) name += `${key}\n${identities.get(node) ?? identify(node)}\n`;
  const known = pool.get(name);
  if (known !== undefined) return known;
  const node: FieldsTree = Object.freeze(Object.fromEntries(isMember ? [[MEMBER, LEAF], ...sorted] : sorted));
  identify(node);
  if (pool.size >= LIMITS.sharedFieldNodes) pool = new Map();
  pool.set(name, node);
  return node;
}

/** As children of a tree that is there already are. */
function isAscending(children: readonly FieldsEntry[]): boolean {
  let last = '';
  for (const [key] of children) {
    if (key < last) return false;
    last = key;
  }
  return true;
}

/** Whether the tree is one of the shared ones, which never change. */
export function isSharedTree(tree: JsonObject): boolean {
  return identities.has(tree);
}

/**
 * The shared trees of others that never change either, such as those of objects that were read from disk: each write
 * asks for them again.
 */
const sharedOf = new WeakMap<object, FieldsTree>();

/** The shared tree that is equal to one that was read from somewhere; `undefined` for an empty or missing one. */
export function shareTree(tree: unknown): FieldsTree | undefined {
  if (!isJsonObject(tree)) return undefined;
  if (identities.has(tree)) return tree === LEAF ? undefined : tree;
  let shared = sharedOf.get(tree);
  if (shared === undefined) {
    shared = shareNode(tree);
    if (Object.isFrozen(tree)) sharedOf.set(tree, shared);
  }
  return shared === LEAF ? undefined : shared;
}

function shareNode(node: JsonObject): FieldsTree {
  if (identities.has(node)) return node;
  const children: FieldsEntry[] = [];
  for (const key in node) {
    const child = node[key];
    if (key !== MEMBER && isJsonObject(child)) children.push([key, shareNode(child)]);
  }
  return newNode(children, Object.hasOwn(node, MEMBER)) ?? LEAF;
}

export function isMember(node: FieldsTree): boolean {
  return node === LEAF || Object.hasOwn(node, MEMBER);
}

/** The child under one key; `undefined` when nothing at or below it is in the set. */
export function childOf(node: FieldsTree | undefined, key: string): FieldsTree | undefined {
  if (node === undefined || !Object.hasOwn(node, key)) return undefined;
  const child = node[key];
  return isJsonObject(child) ? child : undefined;
}

/** Keys and nodes below a node, without the mark of the node itself. */
export function childrenOf(node: FieldsTree): readonly FieldsEntry[] {
  const children: FieldsEntry[] = [];
  for (const key in node) {
    const child = node[key];
    if (key !== MEMBER && isJsonObject(child)) children.push([key, child]);
  }
  return children;
}

export function unionTrees(a: FieldsTree | undefined, b: FieldsTree | undefined): FieldsTree | undefined {
  if (a === undefined || a === b) return b;
  if (b === undefined) return a;
  // Mostly all of `b` is in `a` already: who writes a status writes the same fields again and again.
  let children: Map<string, FieldsTree> | undefined;
  for (const [key, node] of childrenOf(b)) {
    const known = childOf(a, key);
    const union = unionTrees(known, node) ?? node;
    if (union === known) continue;
    children ??= new Map(childrenOf(a));
    children.set(key, union);
  }
  if (children === undefined && (isMember(a) || !isMember(b))) return a;
  return newNode([...(children ?? childrenOf(a))], isMember(a) || isMember(b));
}

/** What is in `a` and not in `b`. */
export function subtractTrees(a: FieldsTree | undefined, b: FieldsTree | undefined): FieldsTree | undefined {
  if (a === undefined || b === undefined) return a;
  if (a === b || b === WHOLE) return undefined;
  const children: FieldsEntry[] = [];
  let isWhole = !isMember(a) || !isMember(b);
  for (const [key, node] of childrenOf(a)) {
    const rest = subtractTrees(node, childOf(b, key));
    if (rest !== node) isWhole = false;
    if (rest !== undefined) children.push([key, rest]);
  }
  return isWhole ? a : newNode(children, isMember(a) && !isMember(b));
}

export function intersectTrees(a: FieldsTree | undefined, b: FieldsTree | undefined): FieldsTree | undefined {
  if (a === undefined || b === undefined || a === b) return a === undefined ? undefined : b;
  const children: FieldsEntry[] = [];
  for (const [key, node] of childrenOf(a)) {
    const common = intersectTrees(node, childOf(b, key));
    if (common !== undefined) children.push([key, common]);
  }
  return newNode(children, isMember(a) && isMember(b));
}

/** One field of a set: the keys that lead to it, and its path as the API writes it. */
export interface TreeField {
  readonly keys: readonly string[];
  /** `spec.template.spec.containers[name="web"].image`. */
  readonly field: string;
}

/** Every field in the set, in the order of the tree. */
export function fieldsInTree(tree: FieldsTree | undefined): readonly TreeField[] {
  const fields: TreeField[] = [];
  const visit = (node: FieldsTree, keys: readonly string[]): void => {
    if (keys.length > 0 && isMember(node)) fields.push({ keys, field: formatTreePath(keys) });
    for (const [key, child] of childrenOf(node)) visit(child, [...keys, key]);
  };
  if (tree !== undefined) visit(tree, []);
  return fields;
}

/** The set with this one field. */
export function treeOfField(keys: readonly string[]): FieldsTree {
  return keys.reduceRight<FieldsTree>((node, key) => newNode([[key, node]], false) ?? LEAF, LEAF);
}

/** `['f:spec', 'f:containers', 'k:{"name":"web"}']` → `spec.containers[name="web"]`. */
export function formatTreePath(keys: readonly string[]): string {
  let text = '';
  for (const key of keys) {
    const value = key.slice(2);
    if (key.startsWith('f:')) text += text === '' ? value : `.${value}`;
    else if (key.startsWith('v:')) text += `[=${value}]`;
    else text += `[${formatItemKey(value)}]`;
  }
  return text;
}

function formatItemKey(json: string): string {
  const fields: unknown = JSON.parse(json);
  if (!isJsonObject(fields)) return json;
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',');
}
