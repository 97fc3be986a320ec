import type { JsonObject, JsonValue } from '../../../lib/json.ts';
import type { FieldSchema, ListSchema, Scalar, TypeSchema, ValueSchema } from '../../../objects/schema/schema.ts';
import { fieldSupportOf } from '../../../objects/support/field-support.ts';

/** Where a schema stands in a document. */
export const SCHEMA_PREFIX = '#/components/schemas/';

const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';

const SCALARS: Readonly<Record<Scalar, JsonObject>> = {
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  quantity: { $ref: `${SCHEMA_PREFIX}${QUANTITY}` },
  intOrString: { $ref: `${SCHEMA_PREFIX}${INT_OR_STRING}` },
  time: { type: 'string', format: 'date-time' },
  microTime: { type: 'string', format: 'date-time' },
  bytes: { type: 'string', format: 'byte' },
  // An empty schema would say the same, but the templates of `kubectl explain` take it for none.
  any: { type: 'object' },
};

const OWN_SCHEMAS: Readonly<Record<string, JsonObject>> = {
  [QUANTITY]: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  [INT_OR_STRING]: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
};

/** `io.k8s.api.v1.PodSpec`, `io.k8s.api.core.v1.Event`: its last step is what `kubectl explain` calls it. */
export function schemaNameOf(type: TypeSchema): string {
  const [, group = '', version = '', name = ''] =
    /^([A-Z][a-z]+)?(V\d+(?:alpha\d+|beta\d+)?)(.+)$/.exec(type.name) ?? [];
  return ['io.k8s.api', ...(group === '' ? [] : [group]), version, name]
    .map((step, index, all) => (index === all.length - 1 ? step : step.toLowerCase()))
    .join('.');
}

/** The schemas of these types and of all that they consist of, by their names. */
export function computeSchemas(roots: readonly TypeSchema[]): Map<string, JsonObject> {
  const schemas = new Map<string, JsonObject>(Object.entries(OWN_SCHEMAS));
  const waiting = [...roots];
  for (let type = waiting.pop(); type !== undefined; type = waiting.pop()) {
    const name = schemaNameOf(type);
    if (schemas.has(name)) continue;
    schemas.set(name, schemaOfType(type));
    for (const { schema } of type.fields.values()) {
      const inner = innermost(schema);
      if (inner.kind === 'object') waiting.push(inner.type);
    }
  }
  return schemas;
}

function innermost(schema: ValueSchema): ValueSchema {
  if (schema.kind === 'list') return innermost(schema.item);
  return schema.kind === 'map' ? innermost(schema.value) : schema;
}

function schemaOfType(type: TypeSchema): JsonObject {
  const fields = [...type.fields.values()];
  const required = fields.filter((field) => field.isRequired && !isFixed(field.schema)).map(({ name }) => name);
  return {
    type: 'object',
    ...(fields.length === 0
      ? {}
      : { properties: Object.fromEntries(fields.map((field) => [field.name, schemaOfField(type, field)])) }),
    ...(required.length === 0 ? {} : { required }),
  };
}

/** `apiVersion` and `kind` of an object: clients know them, and Kubernetes' documents say nothing of their values. */
function isFixed(schema: ValueSchema): boolean {
  return schema.kind === 'scalar' && schema.enum?.length === 1;
}

/** A field that Berth does not carry out says so, where `kubectl explain` shows it. */
function schemaOfField(type: TypeSchema, { name, schema }: FieldSchema): JsonObject {
  const { support, reason } = fieldSupportOf(type, name);
  const value = schemaOfValue(schema);
  if (support === 'implemented') return value;
  const description = `Berth ${support === 'inert' ? 'stores it and does not act on it' : 'refuses it'}: ${reason}.`;
  return { ...besideReference(value), description };
}

function schemaOfValue(schema: ValueSchema): JsonObject {
  switch (schema.kind) {
    case 'scalar':
      return {
        ...SCALARS[schema.scalar],
        ...(schema.enum === undefined || isFixed(schema) ? {} : { enum: [...schema.enum] }),
      };
    case 'map': {
      const atomic: JsonObject = schema.isAtomic ? { 'x-kubernetes-map-type': 'atomic' } : {};
      return { type: 'object', additionalProperties: schemaOfValue(schema.value), ...atomic };
    }
    case 'list':
      return { type: 'array', items: schemaOfValue(schema.item), ...mergeRules(schema) };
    case 'object': {
      const reference = { $ref: `${SCHEMA_PREFIX}${schemaNameOf(schema.type)}` };
      const rules: JsonObject = {
        ...(schema.isAtomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
        ...(schema.patch === 'merge' ? {} : { 'x-kubernetes-patch-strategy': schema.patch }),
      };
      return Object.keys(rules).length === 0 ? reference : { ...besideReference(reference), ...rules };
    }
  }
}

/** What stands beside a `$ref` is ignored (OpenAPI 3.0, Reference Object), so that it goes into an `allOf`. */
function besideReference(schema: JsonObject): JsonObject {
  return schema['$ref'] === undefined ? schema : { allOf: [schema] };
}

function mergeRules({ listType, mapKeys, patch, mergeKey, retainKeys }: ListSchema): JsonObject {
  const strategies = [...(patch === 'merge' ? ['merge'] : []), ...(retainKeys ? ['retainKeys'] : [])];
  const keys: JsonValue = [...mapKeys];
  return {
    'x-kubernetes-list-type': listType,
    ...(mapKeys.length === 0 ? {} : { 'x-kubernetes-list-map-keys': keys }),
    ...(strategies.length === 0 ? {} : { 'x-kubernetes-patch-strategy': strategies.join(',') }),
    ...(mergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': mergeKey }),
  };
}
