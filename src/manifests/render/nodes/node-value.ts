import type { JsonObject, JsonValue } from '../../../lib/json.ts';
import { resolvePlainScalar } from '../../parse/resolve-scalar.ts';
import { RenderError } from '../problems.ts';
import { rereadFolded } from './folded-text.ts';
import {
  isDecrypted,
  listNode,
  type MapNode,
  mapNode,
  type Node,
  type Place,
  type ScalarNode,
  scalar,
} from './node.ts';
import { bigIntOf, tagOfPlain, timestampOf } from './resolve-scalar.ts';

/** A node as JSON. Throws `RenderError` for a scalar whose text is not what its tag says. */
export function jsonOf(node: Node): JsonValue {
  if (node.kind === 'scalar') return scalarValue(node);
  return node.kind === 'list' ? node.items.map(jsonOf) : objectOf(node);
}

/** An object's node as JSON. */
export function objectOf(node: MapNode): JsonObject {
  const object: Record<string, JsonValue> = {};
  for (const [name, value] of node.fields) setOwn(object, name, jsonOf(value));
  return object;
}

/** `__proto__` is a key like any other here. */
export function setOwn(object: Record<string, JsonValue>, name: string, value: JsonValue): void {
  if (name !== '__proto__') object[name] = value;
  else Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

/**
 * What a scalar is in the end. kustomize writes each object as YAML and reads it again: a tag that the text implies is
 * not written, so that a number which took over the quotes of its predecessor is text.
 */
export function finalTag({ tag, text, isQuoted }: ScalarNode): ScalarNode['tag'] {
  if (tag === 'str' || tag === 'other' || tag === 'binary') return tag;
  const implied = tagOfPlain(text, '1.2');
  if (tag !== '' && tag !== implied) return tag;
  return isQuoted || text.includes('\n') ? 'str' : implied;
}

export function scalarValue(node: ScalarNode): string | number | boolean | null {
  const tag = finalTag(node);
  const { text } = node;
  switch (tag) {
    case 'null':
      return null;
    case 'bool':
      return booleanOf(node);
    case 'int':
    case 'float':
      return numberOf(node, tag);
    case 'timestamp':
      return timestampOf(text) ?? text;
    case 'binary':
      return decodeBinary(text);
    default:
      return node.isFolded ? rereadFolded(text) : text;
  }
}

function booleanOf(node: ScalarNode): boolean {
  const resolved = resolvePlainScalar(node.text);
  if (resolved.type === 'value' && typeof resolved.value === 'boolean') return resolved.value;
  throw mismatch(node, 'a boolean');
}

function numberOf(node: ScalarNode, tag: 'int' | 'float'): number {
  const plain = node.text.replaceAll('_', '');
  const isInteger = tagOfPlain(node.text, '1.2') === 'int';
  if (isInteger) return Number(bigIntOf(plain)) || 0;
  const value = Number(plain);
  if (tag === 'int' || plain === '' || !Number.isFinite(value)) {
    throw mismatch(node, tag === 'int' ? 'a whole number' : 'a number that JSON can hold');
  }
  return value;
}

function mismatch(node: ScalarNode, wanted: string): RenderError {
  const text = isDecrypted(node) ? 'not' : JSON.stringify(node.text);
  return new RenderError('RenderFailed', `a value should be ${wanted} and is ${text}`, {
    help: 'what a replacement or variable puts into a number or boolean has to be one',
    at: node,
  });
}

function decodeBinary(text: string): string {
  try {
    const bytes = Uint8Array.from(atob(text.replace(/\s+/g, '')), (char) => char.charCodeAt(0));
    return new TextDecoder().decode(bytes);
  } catch {
    return text;
  }
}

function scalarNodeOf(value: string | number | boolean | null, at: Place): ScalarNode {
  if (value === null) return scalar('null', at, 'null');
  if (typeof value === 'string') return scalar(value, at, 'str');
  return typeof value === 'boolean' ? scalar(String(value), at, 'bool') : numberNode(value, at);
}

function numberNode(value: number, at: Place): ScalarNode {
  const text = goNumber(value);
  return scalar(text, at, /^-?\d+$/.test(text) ? 'int' : 'float');
}

/**
 * A number as Go's YAML library writes it (`strconv.FormatFloat(f, 'g', -1, 64)`): with an exponent from 1e+06 on or
 * below 1e-04.
 */
function goNumber(value: number): string {
  const size = Math.abs(value);
  if (size === 0 || (size < 1e6 && size >= 1e-4)) return String(value);
  return value.toExponential().replace(/e([-+])(\d)$/, 'e$10$2');
}

/**
 * What a trip through JSON leaves of a node, which is how kustomize applies JSON patches: every null is spelt `null`,
 * numbers lose their spelling, timestamps become text.
 */
export function throughJson(node: Node): Node {
  if (node.kind === 'list') {
    const items = node.items.map(throughJson);
    return items.every((item, index) => item === node.items[index]) ? node : listNode(items, node);
  }
  if (node.kind === 'map') {
    let isChanged = false;
    const fields = new Map<string, Node>();
    for (const [name, value] of node.fields) {
      const next = throughJson(value);
      isChanged ||= next !== value;
      fields.set(name, next);
    }
    return isChanged ? mapNode(fields, node) : node;
  }
  if (node.tag === 'str' && !node.isFolded) return node;
  const next = scalarNodeOf(scalarValue(node), node);
  return next.tag === node.tag && next.text === node.text && !node.isQuoted && !node.isFolded ? node : next;
}
