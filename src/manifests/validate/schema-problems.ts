import { isJsonObject, type JsonValue } from '../../lib/json.ts';
import type { FieldPath, FieldProblem } from '../../objects/field-problem.ts';
import { formatFieldPath } from '../../objects/field-problem.ts';
import { QUANTITY_MESSAGE, tryParseQuantity } from '../../objects/quantity.ts';
import {
  type ListSchema,
  type ObjectSchema,
  rootSchema,
  type ScalarSchema,
  type TypeSchema,
  type ValueSchema,
} from '../../objects/schema/schema.ts';
import { isBase64 } from './base64.ts';
import { type ProblemList, showValue } from './cursor.ts';
import { findSimilar } from './did-you-mean.ts';

/**
 * Walks an object along the schema of its kind: unknown fields at every level, wrong types, values outside of a closed
 * set, missing fields, and items of a list that share the key by which apply tells them apart. Null counts as absent.
 */
export function checkSchema(object: JsonValue, type: TypeSchema, problems: ProblemList): void {
  new SchemaWalk(type, problems).visit(object, rootSchema(type));
}

/** The same of one field of an object, as if the rest of it were right. */
export function checkSchemaOfField(name: string, value: JsonValue, type: TypeSchema, problems: ProblemList): void {
  new SchemaWalk(type, problems).visitField(name, value);
}

class SchemaWalk {
  readonly #root: TypeSchema;
  readonly #problems: ProblemList;
  /** Way to the value that is being visited. */
  readonly #path: (string | number)[] = [];

  constructor(root: TypeSchema, problems: ProblemList) {
    this.#root = root;
    this.#problems = problems;
  }

  visitField(name: string, value: JsonValue): void {
    const field = this.#root.fields.get(name);
    if (field === undefined) this.#unknown(name, this.#root);
    else this.#descend(name, value, field.schema);
  }

  visit(value: JsonValue, schema: ValueSchema): void {
    if (schema.kind === 'scalar') return this.#visitScalar(value, schema);
    if (schema.kind === 'list') return this.#visitList(value, schema);
    if (!isJsonObject(value)) return this.#wrongType(value, 'a mapping');
    if (schema.kind === 'object') return this.#visitObject(value, schema);
    for (const key of Object.keys(value)) {
      const child = value[key];
      // A null in a map of scalars is the empty value for Go's decoder.
      if (child !== undefined && child !== null) this.#descend(key, child, schema.value);
    }
  }

  #descend(step: string | number, value: JsonValue, schema: ValueSchema): void {
    if (isPlainlyRight(value, schema) || isKnownRight(value, schema)) return;
    const { length } = this.#problems.items;
    this.#path.push(step);
    this.visit(value, schema);
    this.#path.pop();
    if (this.#problems.items.length === length) noteRight(value, schema);
  }

  #visitObject(value: { readonly [key: string]: JsonValue }, schema: ObjectSchema): void {
    const { fields } = schema.type;
    for (const key of Object.keys(value)) {
      const field = fields.get(key);
      const child = value[key];
      if (field === undefined) this.#unknown(key, schema.type);
      else if (child !== undefined && child !== null) this.#descend(key, child, field.schema);
    }
    for (const name of requiredFieldsOf(schema.type)) {
      // An object inside another one, such as a claim template, is told by its place what it is.
      if (value[name] !== undefined && value[name] !== null) continue;
      if (this.#path.length > 0 && EMBEDDED_TYPE_FIELDS.has(name) && fields.has('metadata')) continue;
      this.#missing(name);
    }
  }

  #visitList(value: JsonValue, schema: ListSchema): void {
    if (!Array.isArray(value)) return this.#wrongType(value, 'a list', 'start each item with "- "');
    const items: readonly JsonValue[] = value;
    for (let index = 0; index < items.length; index++) this.#descend(index, items[index] ?? null, schema.item);
    if (items.length > 1 && schema.listType !== 'atomic') this.#checkKeys(items, schema);
  }

  /**
   * "Lists of type map must not have two items with the same keys, sets no value twice" (structured-merge-diff, on
   * apply).
   */
  #checkKeys(items: readonly JsonValue[], schema: ListSchema): void {
    const seen = new Set<string>();
    for (const [index, item] of items.entries()) {
      const key = schema.listType === 'set' ? showValue(item) : keyOf(item, schema.mapKeys);
      if (key === undefined) continue;
      if (seen.has(key)) this.#duplicate(index, schema, item);
      seen.add(key);
    }
  }

  #duplicate(index: number, schema: ListSchema, item: JsonValue): void {
    const key = schema.mapKeys.find((name) => isJsonObject(item) && item[name] !== undefined);
    const path = [...this.#path, index, ...(key === undefined ? [] : [key])];
    const value = key !== undefined && isJsonObject(item) ? item[key] : item;
    const by = schema.mapKeys.length > 1 ? ` (an earlier item has the same ${schema.mapKeys.join(' and ')})` : '';
    this.#report({
      code: 'FieldValueDuplicate',
      path,
      message: `Duplicate value: ${showValue(value)}${by}`,
      help: 'keep one of the two',
    });
  }

  #visitScalar(value: JsonValue, { scalar, enum: values }: ScalarSchema): void {
    switch (scalar) {
      case 'any':
        return;
      case 'string':
        if (typeof value !== 'string') return this.#wrongType(value, 'a string', quoteHelp(value));
        if (values !== undefined && !values.includes(value)) this.#notSupported(value, values);
        return;
      case 'boolean':
        if (typeof value !== 'boolean') this.#wrongType(value, 'true or false', unquoteHelp(value, /^(true|false)$/));
        return;
      case 'int32':
      case 'int64':
        if (typeof value !== 'number' || !Number.isInteger(value)) {
          this.#wrongType(value, 'a whole number', unquoteHelp(value, /^-?\d+$/));
        } else if (scalar === 'int32' && (value > 2147483647 || value < -2147483648)) {
          this.#wrongType(value, 'a whole number of 32 bits');
        }
        return;
      case 'double':
        if (typeof value !== 'number') this.#wrongType(value, 'a number', unquoteHelp(value, /^-?[\d.]+$/));
        return;
      default:
        this.#visitFormat(value, scalar);
    }
  }

  #visitFormat(value: JsonValue, scalar: ScalarSchema['scalar']): void {
    const text = typeof value === 'string' ? value : undefined;
    switch (scalar) {
      case 'intOrString':
        if (text === undefined && !Number.isInteger(value)) this.#wrongType(value, 'a whole number or a string');
        return;
      case 'quantity':
        if (text === undefined && typeof value !== 'number') this.#wrongType(value, 'a quantity such as 500m or 128Mi');
        else if (tryParseQuantity(text ?? Number(value)) === undefined)
          this.#invalid(value, QUANTITY_MESSAGE, quantityHelp(text));
        return;
      case 'time':
      case 'microTime':
        if (text === undefined || !RFC3339.test(text))
          this.#wrongType(value, 'a time such as 2026-01-31T12:00:00Z (RFC 3339)');
        return;
      case 'bytes':
        if (text === undefined) this.#wrongType(value, 'a base64 string');
        else if (!isBase64(text))
          this.#invalid(value, 'must be base64', 'encode the value with `base64`, or use stringData in a Secret');
        return;
    }
  }

  #unknown(key: string, type: TypeSchema): void {
    const path = [...this.#path, key];
    const similar = findSimilar(key, type.fields.keys());
    const elsewhere = similar === undefined ? findBelow(this.#root, key) : undefined;
    const meant = similar ?? elsewhere;
    this.#problems.add({
      code: 'FieldUnknown',
      severity: 'error',
      path,
      at: 'key',
      message: `unknown field ${JSON.stringify(formatFieldPath(path))}`,
      help: isSops(path)
        ? 'sops encrypted this file: set spec.decryption: {provider: sops} in the berth.yaml of the application'
        : meant === undefined
          ? `remove it; ${knownFields(type)}`
          : `did you mean "${meant}"?`,
    });
  }

  #missing(name: string): void {
    this.#report({ code: 'FieldValueRequired', path: [...this.#path, name], message: 'Required value' });
  }

  #wrongType(value: JsonValue, expected: string, help?: string): void {
    const message = `Invalid value: ${this.#shown(value)}must be ${expected}`;
    this.#report({
      code: 'FieldValueTypeInvalid',
      path: [...this.#path],
      message,
      ...(help === undefined ? {} : { help }),
    });
  }

  #invalid(value: JsonValue, detail: string, help: string | undefined): void {
    const message = `Invalid value: ${this.#shown(value)}${detail}`;
    this.#report({
      code: 'FieldValueInvalid',
      path: [...this.#path],
      message,
      ...(help === undefined ? {} : { help }),
    });
  }

  #notSupported(value: string, values: readonly string[]): void {
    const message = `Unsupported value: ${this.#shown(value)}supported values: ${values.map(showValue).join(', ')}`;
    const similar = findSimilar(value, values);
    const help = similar === undefined ? undefined : `did you mean "${similar}"?`;
    this.#report({
      code: 'FieldValueNotSupported',
      path: [...this.#path],
      message,
      ...(help === undefined ? {} : { help }),
    });
  }

  #shown(value: JsonValue): string {
    if (this.#problems.isSensitive(this.#path)) return '';
    return isJsonObject(value) || Array.isArray(value) ? '' : `${showValue(value)}: `;
  }

  #report(problem: Pick<FieldProblem, 'code' | 'message' | 'help'> & { readonly path: FieldPath }): void {
    this.#problems.add({ severity: 'error', at: 'value', ...problem });
  }
}

/** Most values are texts and numbers with nothing to check but their type. */
function isPlainlyRight(value: JsonValue, schema: ValueSchema): boolean {
  if (schema.kind !== 'scalar') return false;
  if (schema.scalar === 'string') return typeof value === 'string' && schema.enum === undefined;
  return schema.scalar === 'boolean' && typeof value === 'boolean';
}

/** What a Deployment, its ReplicaSets and their pods share, so that the same values are written again and again. */
const SHARED_TYPES: ReadonlySet<string> = new Set(['V1PodSpec', 'V1Container']);
/** Values of these types that never change and have no problem. */
const rightAs = new WeakMap<object, TypeSchema>();

function isKnownRight(value: JsonValue, schema: ValueSchema): boolean {
  if (schema.kind !== 'object' || !SHARED_TYPES.has(schema.type.name)) return false;
  return isJsonObject(value) && rightAs.get(value) === schema.type;
}

function noteRight(value: JsonValue, schema: ValueSchema): void {
  if (schema.kind !== 'object' || !SHARED_TYPES.has(schema.type.name)) return;
  if (isJsonObject(value) && Object.isFrozen(value)) rightAs.set(value, schema.type);
}

const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/** What every object of the API has and an embedded one may leave out. */
const EMBEDDED_TYPE_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind']);

const required = new WeakMap<TypeSchema, readonly string[]>();

/** Names of the fields that must be there; computed once for each type. */
function requiredFieldsOf(type: TypeSchema): readonly string[] {
  const known = required.get(type);
  if (known !== undefined) return known;
  const names = [...type.fields.values()].filter((field) => field.isRequired).map((field) => field.name);
  required.set(type, names);
  return names;
}

/** The key of an item of a `map` list; `protocol` defaults to TCP, the only key with a default. */
function keyOf(item: JsonValue, mapKeys: readonly string[]): string | undefined {
  if (!isJsonObject(item)) return undefined;
  const [only] = mapKeys;
  if (mapKeys.length === 1 && only !== undefined) {
    const value = item[only];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  }
  const values = mapKeys.map((key) => item[key] ?? (key === 'protocol' ? 'TCP' : ''));
  return values.every((value) => value === '') ? undefined : JSON.stringify(values);
}

function quoteHelp(value: JsonValue): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return 'put the value in quotes';
  return undefined;
}

function unquoteHelp(value: JsonValue, pattern: RegExp): string | undefined {
  return typeof value === 'string' && pattern.test(value) ? 'remove the quotes' : undefined;
}

/** The usual mistakes: `512MB`, `1 Gi`, `500 m`, `2GB`. */
function quantityHelp(text: string | undefined): string | undefined {
  const match = /^\s*([\d.]+)\s*([KMGT])i?B?\s*$/i.exec(text ?? '');
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return `did you mean "${match[1]}${match[2].toUpperCase()}i"?`;
}

/** What sops adds to a file that it encrypts. */
function isSops(path: FieldPath): boolean {
  return path.length === 1 && path[0] === 'sops';
}

function knownFields(type: TypeSchema): string {
  const names = [...type.fields.keys()];
  if (names.length === 0) return 'nothing can stand here';
  return `known fields are ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}`;
}

const SEARCH_DEPTH = 5;

/** The levels between which fields are mixed up; what is deep in a volume or a probe is never meant. */
const SEARCHED_FIELDS: ReadonlySet<string> = new Set([
  'containers',
  'metadata',
  'rollingUpdate',
  'securityContext',
  'selector',
  'spec',
  'strategy',
  'template',
]);

/**
 * The path of the only or shallowest field of this name below the root, for a field that was put at the wrong level.
 */
function findBelow(root: TypeSchema, name: string): string | undefined {
  let level: { readonly type: TypeSchema; readonly path: string }[] = [{ type: root, path: '' }];
  const seen = new Set<TypeSchema>();
  for (let depth = 0; depth < SEARCH_DEPTH; depth++) {
    const next: typeof level = [];
    for (const { type, path } of level) {
      if (path !== '' && type.fields.has(name)) return `${path}.${name}`;
      for (const field of type.fields.values()) {
        const { schema } = field;
        const isList = schema.kind === 'list';
        const inner = isList ? schema.item : schema;
        if (inner.kind !== 'object' || seen.has(inner.type) || !SEARCHED_FIELDS.has(field.name)) continue;
        seen.add(inner.type);
        next.push({ type: inner.type, path: `${path === '' ? '' : `${path}.`}${field.name}${isList ? '[]' : ''}` });
      }
    }
    level = next;
  }
  return undefined;
}
