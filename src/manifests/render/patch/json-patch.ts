import { type JsonValue, jsonEqual } from '../../../lib/json.ts';
import { LIMITS } from '../../../lib/limits.ts';
import { checkSize } from '../nodes/measure.ts';
import {
  fieldOf,
  listNode,
  type MapNode,
  type Node,
  type Place,
  scalar,
  textOf,
  withField,
  withoutField,
} from '../nodes/node.ts';
import { jsonOf, throughJson } from '../nodes/node-value.ts';
import { RenderError } from '../problems.ts';

/** One operation of a JSON patch (RFC 6902). */
export interface JsonPatchOperation {
  readonly op: string;
  readonly path: string;
  readonly from: string | undefined;
  readonly value: Node | undefined;
  readonly at: Place;
}

/** The operations of a patch's text; throws for what is none. */
export function readJsonPatch(node: Node): readonly JsonPatchOperation[] {
  if (node.kind !== 'list') throw malformed('a JSON patch is a list of operations', node);
  if (node.items.length > LIMITS.jsonPatchOperations) {
    throw new RenderError('LimitExceeded', 'the JSON patch has too many operations (jsonPatchOperations)', {
      at: node,
    });
  }
  return node.items.map((item) => {
    if (item.kind !== 'map') throw malformed('an operation of a JSON patch is a mapping', item);
    const from = fieldOf(item, 'from');
    return {
      op: textOf(fieldOf(item, 'op')),
      path: textOf(fieldOf(item, 'path')),
      from: from && textOf(from),
      value: fieldOf(item, 'value'),
      at: item,
    };
  });
}

function malformed(message: string, at: Place): RenderError {
  return new RenderError('RenderFailed', message, {
    help: 'write a list of op, path and value (RFC 6902)',
    at,
  });
}

/**
 * Applies operations as evanphx/json-patch 4 does: negative indexes count from the end, and so on. Each value keeps its
 * own place.
 */
export function applyJsonPatchToNode(root: MapNode, operations: readonly JsonPatchOperation[]): MapNode {
  let node: Node = throughJson(root);
  for (const operation of operations) node = applyOperation(node, operation);
  if (node.kind !== 'map') throw malformed('the patch leaves something that is no object', root);
  return node;
}

function applyOperation(root: Node, operation: JsonPatchOperation): Node {
  const path = parsePointer(operation.path);
  switch (operation.op) {
    case 'add':
      return add(root, path, operandOf(operation), operation);
    case 'replace':
      return replace(root, path, operandOf(operation), operation);
    case 'remove':
      return remove(root, path, operation);
    case 'move': {
      const from = parsePointer(operation.from ?? '');
      const moved = read(root, from, operation);
      if (moved === undefined) throw missing(operation, operation.from ?? '');
      return add(remove(root, from, operation), path, moved, operation);
    }
    case 'copy': {
      const copied = read(root, parsePointer(operation.from ?? ''), operation);
      if (copied !== undefined) checkSize(root, 'the object that is patched', operation.at);
      return add(root, path, copied ?? scalar('null', operation.at, 'null'), operation);
    }
    case 'test':
      return test(root, path, operation);
    default:
      throw failed(operation, `${JSON.stringify(operation.op)} is no operation of a JSON patch`, OPERATIONS_HELP);
  }
}

const OPERATIONS_HELP = 'write add, remove, replace, move, copy or test';

function operandOf(operation: JsonPatchOperation): Node {
  if (operation.value !== undefined) return throughJson(operation.value);
  throw failed(operation, `the operation ${operation.op} has no value`, 'add value:');
}

function test(root: Node, path: readonly string[], operation: JsonPatchOperation): Node {
  const found = path.length === 0 ? root : read(root, path, operation);
  const actual: JsonValue = found === undefined ? null : jsonOf(found);
  const wanted: JsonValue = operation.value === undefined ? null : jsonOf(operation.value);
  if (jsonEqual(actual, wanted)) return root;
  throw failed(operation, `the test of ${operation.path} failed`, 'correct the value, or remove the test');
}

function failed(operation: JsonPatchOperation, message: string, help: string): RenderError {
  return new RenderError('RenderFailed', message, { help, at: operation.at });
}

function missing(operation: JsonPatchOperation, pointer: string): RenderError {
  const message = `the operation ${operation.op} wants ${pointer || 'the whole object'}, which does not exist`;
  return failed(operation, message, 'correct the path, or add what is missing with an operation before this one');
}

function parsePointer(pointer: string): readonly string[] {
  const steps = pointer.split('/').slice(1);
  if (steps.length > LIMITS.jsonPointerSteps) throw new RenderError('LimitExceeded', 'a JSON pointer is too deep');
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The value at a path; undefined where the last step does not exist. */
function read(root: Node, path: readonly string[], operation: JsonPatchOperation): Node | undefined {
  let node: Node | undefined = root;
  for (const [depth, step] of path.entries()) {
    if (node === undefined) throw missing(operation, operation.path);
    if (node.kind === 'map') node = node.fields.get(step);
    else if (node.kind === 'list') node = node.items[indexOf(step, node.items.length, operation)];
    else if (depth === path.length - 1) return undefined;
    else throw missing(operation, operation.path);
  }
  return node;
}

function indexOf(step: string, length: number, operation: JsonPatchOperation): number {
  if (!/^[-+]?\d{1,9}$/.test(step)) {
    throw failed(operation, `"${step}" in ${operation.path} is no index of a list`, 'write a number, or - for the end');
  }
  const index = Number(step);
  const fromEnd = index < 0 ? length + index : index;
  if (fromEnd < 0) throw missing(operation, operation.path);
  return fromEnd;
}

/** Lets `edit` change the parent of a path. */
function update(
  node: Node,
  path: readonly string[],
  operation: JsonPatchOperation,
  edit: (parent: Node, step: string) => Node,
): Node {
  const [step = '', ...rest] = path;
  if (path.length <= 1) return edit(node, step);
  if (node.kind === 'list') {
    const index = indexOf(step, node.items.length, operation);
    const item = node.items[index];
    if (item === undefined) throw missing(operation, operation.path);
    return listNode(node.items.with(index, update(item, rest, operation, edit)), node);
  }
  const child = fieldOf(node, step);
  if (child === undefined || node.kind !== 'map') throw missing(operation, operation.path);
  return withField(node, step, update(child, rest, operation, edit));
}

function add(root: Node, path: readonly string[], value: Node, operation: JsonPatchOperation): Node {
  return update(root, path, operation, (parent, step) => {
    if (parent.kind === 'map') return withField(parent, step, value);
    if (parent.kind !== 'list') throw missing(operation, operation.path);
    if (step === '-') return listNode([...parent.items, value], parent);
    const index = indexOf(step, parent.items.length + 1, operation);
    if (index > parent.items.length) throw missing(operation, operation.path);
    return listNode(parent.items.toSpliced(index, 0, value), parent);
  });
}

/** Other than RFC 6902 says, a member of an object that does not exist is added. */
function replace(root: Node, path: readonly string[], value: Node, operation: JsonPatchOperation): Node {
  return update(root, path, operation, (parent, step) => {
    if (parent.kind === 'map') return withField(parent, step, value);
    if (parent.kind !== 'list') throw missing(operation, operation.path);
    const index = indexOf(step, parent.items.length, operation);
    if (index >= parent.items.length) throw missing(operation, operation.path);
    return listNode(parent.items.with(index, value), parent);
  });
}

function remove(root: Node, path: readonly string[], operation: JsonPatchOperation): Node {
  return update(root, path, operation, (parent, step) => {
    if (parent.kind === 'map' && parent.fields.has(step)) return withoutField(parent, step);
    if (parent.kind !== 'list') throw missing(operation, operation.path);
    const index = indexOf(step, parent.items.length, operation);
    if (index >= parent.items.length) throw missing(operation, operation.path);
    return listNode(parent.items.toSpliced(index, 1), parent);
  });
}
