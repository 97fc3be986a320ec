import { type Alias, isAlias, isMap, isScalar, isSeq, type ParsedNode, visit } from 'yaml';
import type { FieldPath } from '../../objects/field-problem.ts';
import { isMergeKey } from './node-to-json.ts';

/** A field in the text: its key (none for list items and roots) and its value (null when nothing follows the key). */
export interface FoundField {
  readonly key: ParsedNode | undefined;
  readonly value: ParsedNode | null;
  /** How many steps of the path were found; the rest does not exist in the text. */
  readonly depth: number;
}

/**
 * Finds a field in the nodes of a document, through aliases and merge keys. When a step is missing, the deepest field
 * that exists is found instead.
 */
export function findField(root: ParsedNode | null, path: FieldPath): FoundField {
  let found: FoundField = { key: undefined, value: root, depth: 0 };
  for (const step of path) {
    const next = stepInto(root, found.value, step);
    if (next === undefined) return found;
    found = { ...next, depth: found.depth + 1 };
  }
  return found;
}

function stepInto(
  root: ParsedNode | null,
  from: ParsedNode | null,
  step: string | number,
): Omit<FoundField, 'depth'> | undefined {
  const node = derefer(root, from);
  if (typeof step === 'number') {
    if (!isSeq(node)) return undefined;
    const item = node.items[step] as ParsedNode | undefined;
    return item === undefined ? undefined : { key: undefined, value: item };
  }
  return isMap(node) ? stepIntoMap(root, node.items as readonly MapItem[], step, 0) : undefined;
}

interface MapItem {
  readonly key: ParsedNode;
  readonly value: ParsedNode | null;
}

const MAX_MERGE_DEPTH = 10;

function stepIntoMap(
  root: ParsedNode | null,
  items: readonly MapItem[],
  name: string,
  mergeDepth: number,
): Omit<FoundField, 'depth'> | undefined {
  for (const { key, value } of items) {
    if (isScalar(key) && String(key.value) === name && !isMergeKey(key)) return { key, value };
  }
  if (mergeDepth > MAX_MERGE_DEPTH) return undefined;
  for (const { key, value } of items) {
    if (!isMergeKey(key)) continue;
    const source = derefer(root, value);
    for (const candidate of isSeq(source) ? source.items : [source]) {
      const map = derefer(root, candidate as ParsedNode | null);
      const found = isMap(map) ? stepIntoMap(root, map.items as readonly MapItem[], name, mergeDepth + 1) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** What an alias stands for: the last node with its anchor before it. */
function derefer(root: ParsedNode | null, node: ParsedNode | null): ParsedNode | null {
  if (!isAlias(node)) return node;
  const alias: Alias.Parsed = node;
  let target: ParsedNode | null = null;
  visit(root, {
    Node: (_, candidate) => {
      if (candidate === alias) return visit.BREAK;
      if (!isAlias(candidate) && candidate.anchor === alias.source) target = candidate as ParsedNode;
      return undefined;
    },
  });
  return target;
}
