import { isJsonObject, type JsonValue, jsonEqual } from '../../lib/json.ts';
import { LIMITS } from '../../lib/limits.ts';
import { PatchError } from './patch-error.ts';

/** Applies a JSON Patch (RFC 6902). The document is not changed; untouched parts are shared. Throws `PatchError`. */
export function applyJsonPatch(document: JsonValue, patch: JsonValue): JsonValue {
  if (!Array.isArray(patch)) throw new PatchError('malformed', 'a JSON patch is a list of operations');
  if (patch.length > LIMITS.jsonPatchOperations) {
    throw new PatchError(
      'malformed',
      `The allowed maximum operations in a JSON patch is ${LIMITS.jsonPatchOperations}, got ${patch.length}`,
    );
  }
  return patch.reduce((current: JsonValue, operation: JsonValue) => applyOperation(current, operation), document);
}

function applyOperation(document: JsonValue, operation: JsonValue): JsonValue {
  if (!isJsonObject(operation)) throw new PatchError('malformed', 'an operation of a JSON patch is an object');
  const { op } = operation;
  const path = parsePointer(operation['path'], 'path');
  switch (op) {
    case 'add':
      return add(document, path, operandOf(operation));
    case 'remove':
      return remove(document, path);
    case 'replace':
      return replace(document, path, operandOf(operation));
    case 'move': {
      const from = parsePointer(operation['from'], 'from');
      const isIntoItself = from.length < path.length && from.every((step, index) => step === path[index]);
      if (isIntoItself) throw new PatchError('unprocessable', `cannot move ${format(from)} into itself`);
      const moved = read(document, from);
      return add(remove(document, from), path, moved);
    }
    case 'copy':
      return add(document, path, read(document, parsePointer(operation['from'], 'from')));
    case 'test':
      if (!jsonEqual(read(document, path), operandOf(operation))) {
        throw new PatchError('unprocessable', `testing value ${format(path)} failed`);
      }
      return document;
    default:
      throw new PatchError('malformed', `unknown operation ${JSON.stringify(op)} in a JSON patch`);
  }
}

function operandOf(operation: { readonly [field: string]: JsonValue }): JsonValue {
  const value = Object.hasOwn(operation, 'value') ? operation['value'] : undefined;
  if (value === undefined)
    throw new PatchError('malformed', `operation ${JSON.stringify(operation['op'])} needs a value`);
  return value;
}

/** "~1 stands for / and ~0 for ~" (RFC 6901). */
function parsePointer(pointer: JsonValue | undefined, field: string): readonly string[] {
  if (typeof pointer !== 'string') throw new PatchError('malformed', `an operation of a JSON patch needs a ${field}`);
  if (pointer === '') return [];
  if (!pointer.startsWith('/'))
    throw new PatchError('malformed', `${JSON.stringify(pointer)} is no JSON pointer: it has to begin with /`);
  if (/~(?![01])/.test(pointer))
    throw new PatchError('malformed', `${JSON.stringify(pointer)} is no JSON pointer: ~ has to be ~0`);
  const steps = pointer.slice(1).split('/');
  if (steps.length > LIMITS.jsonPointerSteps) throw new PatchError('malformed', 'a JSON pointer is too deep');
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function format(path: readonly string[]): string {
  return path.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function missing(path: readonly string[]): never {
  throw new PatchError('unprocessable', `${format(path) || 'the document'} does not exist`);
}

function read(document: JsonValue, path: readonly string[]): JsonValue {
  let value: JsonValue | undefined = document;
  for (const step of path) {
    if (Array.isArray(value)) value = value[indexOf(step, value.length - 1, path)];
    else if (isJsonObject(value) && Object.hasOwn(value, step)) value = value[step];
    else missing(path);
  }
  return value ?? null;
}

/** A list's index: digits without leading zeros, up to `last`. */
function indexOf(step: string, last: number, path: readonly string[]): number {
  if (!/^(0|[1-9]\d{0,9})$/.test(step))
    throw new PatchError('unprocessable', `${format(path)}: "${step}" is no index of a list`);
  const index = Number(step);
  if (index > last) throw new PatchError('unprocessable', `${format(path)}: index ${index} is out of range`);
  return index;
}

/** Rebuilds the way to the parent of `path` and lets `edit` change that parent. */
function update(
  document: JsonValue,
  path: readonly string[],
  edit: (parent: JsonValue, step: string) => JsonValue,
  depth = 0,
): JsonValue {
  const step = path[depth];
  if (step === undefined) return document;
  if (depth === path.length - 1) return edit(document, step);
  if (Array.isArray(document)) {
    const index = indexOf(step, document.length - 1, path);
    return document.with(index, update(document[index], path, edit, depth + 1));
  }
  const child = isJsonObject(document) && Object.hasOwn(document, step) ? document[step] : undefined;
  if (!isJsonObject(document) || child === undefined) return missing(path);
  return withField(document, step, update(child, path, edit, depth + 1));
}

/** A spread does not treat `__proto__` as the prototype, and neither does a computed key. */
function withField(object: { readonly [field: string]: JsonValue }, field: string, value: JsonValue): JsonValue {
  return { ...object, [field]: value };
}

/** "add: inserts into a list, sets a member of an object; - stands for the end of a list" (RFC 6902). */
function add(document: JsonValue, path: readonly string[], value: JsonValue): JsonValue {
  if (path.length === 0) return value;
  return update(document, path, (parent, step) => {
    if (Array.isArray(parent)) {
      const index = step === '-' ? parent.length : indexOf(step, parent.length, path);
      return parent.toSpliced(index, 0, value);
    }
    return isJsonObject(parent) ? withField(parent, step, value) : missing(path);
  });
}

function remove(document: JsonValue, path: readonly string[]): JsonValue {
  if (path.length === 0) return null;
  return update(document, path, (parent, step) => {
    if (Array.isArray(parent)) return parent.toSpliced(indexOf(step, parent.length - 1, path), 1);
    if (!isJsonObject(parent) || !Object.hasOwn(parent, step)) return missing(path);
    const { [step]: _removed, ...rest } = parent;
    return rest;
  });
}

/** "replace: the target must exist" (RFC 6902). */
function replace(document: JsonValue, path: readonly string[], value: JsonValue): JsonValue {
  if (path.length === 0) return value;
  return update(document, path, (parent, step) => {
    if (Array.isArray(parent)) return parent.with(indexOf(step, parent.length - 1, path), value);
    if (!isJsonObject(parent) || !Object.hasOwn(parent, step)) return missing(path);
    return withField(parent, step, value);
  });
}
