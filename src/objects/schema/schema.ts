import type { FieldPath } from '../field-problem.ts';
import { KIND_TYPES, TYPE_LINES } from './generated/schema-table.ts';

export type Scalar =
  | 'string'
  | 'boolean'
  | 'int32'
  | 'int64'
  | 'double'
  | 'quantity'
  | 'intOrString'
  | 'time'
  | 'microTime'
  /** Base64 text. */
  | 'bytes'
  /** Any JSON value, never looked into. */
  | 'any';

export interface ScalarSchema {
  readonly kind: 'scalar';
  readonly scalar: Scalar;
  /** The allowed values, where the API has a closed set. */
  readonly enum?: readonly string[];
}
export interface ObjectSchema {
  readonly kind: 'object';
  readonly type: TypeSchema;
  /** Apply owns it as a whole. */
  readonly isAtomic: boolean;
  /** How a strategic merge patch treats it; `merge` unless the API says otherwise. */
  readonly patch: 'merge' | 'replace' | 'retainKeys';
}
export interface ListSchema {
  readonly kind: 'list';
  readonly item: ValueSchema;
  /** For apply: owned as a whole, by item, or by the key of each item. */
  readonly listType: 'atomic' | 'set' | 'map';
  /** The fields that together name an item of a `map` list. */
  readonly mapKeys: readonly string[];
  /** How a strategic merge patch treats the list. */
  readonly patch: 'replace' | 'merge';
  /** The one field by which it merges items; `undefined` for a list of scalars, whose values are their own keys. */
  readonly mergeKey: string | undefined;
  /** Whether `$retainKeys` applies to the items. */
  readonly retainKeys: boolean;
}
export interface MapSchema {
  readonly kind: 'map';
  readonly value: ValueSchema;
  readonly isAtomic: boolean;
}
export type ValueSchema = ScalarSchema | ObjectSchema | ListSchema | MapSchema;

export interface FieldSchema {
  readonly name: string;
  readonly isRequired: boolean;
  readonly schema: ValueSchema;
}

/** One structure of the API. `fields` is computed at its first use. */
export interface TypeSchema {
  /** As the client libraries name it: `V1PodSpec`. */
  readonly name: string;
  readonly fields: ReadonlyMap<string, FieldSchema>;
}

const SCALARS: Readonly<Record<string, Scalar>> = {
  s: 'string',
  b: 'boolean',
  i: 'int32',
  l: 'int64',
  n: 'double',
  q: 'quantity',
  x: 'intOrString',
  t: 'time',
  u: 'microTime',
  y: 'bytes',
  j: 'any',
};

/**
 * Reads one line of the table on demand. The grammar: fields separated by `;`, each `name type[!][=enum|…] flags…`; a
 * type is `[]` or `{}` (list, map) before a scalar's letter or `@Type`; `!` means required, `~` stands for a space in
 * an enumeration; a line that begins with `*` is an atomic structure.
 */
class LazyType implements TypeSchema {
  readonly name: string;
  readonly isAtomic: boolean;
  readonly #line: string;
  #fields: ReadonlyMap<string, FieldSchema> | undefined;

  constructor(name: string, line: string) {
    this.name = name;
    this.isAtomic = line.startsWith('*');
    this.#line = this.isAtomic ? line.slice(1) : line;
  }

  get fields(): ReadonlyMap<string, FieldSchema> {
    this.#fields ??= new Map(
      this.#line === ''
        ? []
        : this.#line
            .split(';')
            .map(parseField)
            .map((field) => [field.name, field]),
    );
    return this.#fields;
  }
}

const TYPES = new Map(Object.entries(TYPE_LINES).map(([name, line]) => [name, new LazyType(name, line)]));

function typeNamed(name: string): LazyType {
  const type = TYPES.get(name);
  if (type === undefined) throw new TypeError(`the schema table has no type ${name}`);
  return type;
}

function parseField(text: string): FieldSchema {
  const [name = '', declaration = '', ...flags] = text.split(' ');
  const match = /^((?:\[\]|\{\})*)(@?\w+)(!?)(?:=(.*))?$/.exec(declaration);
  if (match === null) throw new TypeError(`the schema table has a field it should not have: ${text}`);
  const [, containers = '', base = '', required, values] = match;
  let schema: ValueSchema = base.startsWith('@')
    ? objectSchema(typeNamed(base.slice(1)), flags)
    : {
        kind: 'scalar',
        scalar: SCALARS[base] ?? 'any',
        ...(values !== undefined && { enum: values.replaceAll('~', ' ').split('|') }),
      };
  for (let end = containers.length; end > 0; end -= 2) {
    const isOutermost = end === 2;
    schema =
      containers.slice(end - 2, end) === '[]' ? listSchema(schema, isOutermost ? flags : []) : mapSchema(schema, flags);
  }
  return { name, isRequired: required === '!', schema };
}

function objectSchema(type: LazyType, flags: readonly string[]): ObjectSchema {
  const patch = flags.includes('replace') ? 'replace' : flags.includes('retainKeys') ? 'retainKeys' : 'merge';
  return { kind: 'object', type, isAtomic: type.isAtomic && !flags.includes('granular'), patch };
}

function mapSchema(value: ValueSchema, flags: readonly string[]): MapSchema {
  return { kind: 'map', value, isAtomic: flags.includes('atomic') };
}

function listSchema(item: ValueSchema, flags: readonly string[]): ListSchema {
  const keys = flags.find((flag) => flag.startsWith('keys:'));
  const merge = flags.find((flag) => flag === 'merge' || flag.startsWith('merge:'));
  return {
    kind: 'list',
    item,
    listType: keys !== undefined ? 'map' : flags.includes('set') ? 'set' : 'atomic',
    mapKeys: keys === undefined ? [] : keys.slice('keys:'.length).split('+'),
    patch: merge === undefined ? 'replace' : 'merge',
    mergeKey: merge?.startsWith('merge:') ? merge.slice('merge:'.length) : undefined,
    retainKeys: flags.includes('retainKeys'),
  };
}

/** The type of a built-in kind; `undefined` for one that Kubernetes 1.32 does not serve under this apiVersion. */
export function schemaOf(apiVersion: string, kind: string): TypeSchema | undefined {
  const name = `${apiVersion}/${kind}`;
  const type = Object.hasOwn(KIND_TYPES, name) ? KIND_TYPES[name] : undefined;
  return type === undefined ? undefined : typeNamed(type);
}

/** The fields of a type, in alphabetical order: what a typo may have meant. */
export function fieldsOf(type: TypeSchema): readonly FieldSchema[] {
  return [...type.fields.values()];
}

/** The schema of what stands in `schema` under one step of a path; `undefined` for a field that does not exist. */
export function schemaAtStep(schema: ValueSchema, step: string | number): ValueSchema | undefined {
  switch (schema.kind) {
    case 'object':
      return schema.type.fields.get(String(step))?.schema;
    case 'list':
      return schema.item;
    case 'map':
      return schema.value;
    case 'scalar':
      return schema.scalar === 'any' ? schema : undefined;
  }
}

/** The schema at the end of a path: `['spec', 'ports', 0, 'port']`. */
export function schemaAt(type: TypeSchema, path: FieldPath): ValueSchema | undefined {
  let schema: ValueSchema | undefined = rootSchema(type);
  for (const step of path) schema = schema && schemaAtStep(schema, step);
  return schema;
}

/** A type as the value schema that the root of an object has. */
export function rootSchema(type: TypeSchema): ObjectSchema {
  return { kind: 'object', type, isAtomic: false, patch: 'merge' };
}
