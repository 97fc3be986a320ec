/**
 * Writes `src/objects/schema/generated/schema-table.ts`: the fields of every built-in kind, one line per type. Run at development time
 * after a change of the table of kinds or of the packages: `node scripts/generate-schema.mjs`.
 *
 * Names and types come from @kubernetes/client-node, required fields and enumerations from the validators of kubernetes-models (asked by
 * giving them wrong values), list types and merge keys from `generate-schema.facts.mjs`. `src/objects/schema/schema.ts` reads the result.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ATOMIC_TYPES, FIELD_FACTS, LATER_FIELDS } from './generate-schema.facts.mjs';
import { loadKinds } from './load-kinds.mjs';

const require = createRequire(import.meta.url);
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(root, 'src/objects/schema/generated/schema-table.ts');
const models = await import('@kubernetes/client-node');
const schemaFolder = join(root, 'node_modules/kubernetes-models/_schemas');
const validatorFiles = readdirSync(schemaFolder).filter((name) => name.endsWith('.js'));

const SCALARS = {
  string: 's',
  boolean: 'b',
  number: 'n',
  Date: 't',
  IntOrString: 'x',
  V1MicroTime: 'u',
  any: 'j',
  object: 'j',
};

/** `Apps` for `apps/v1`, `Networking` for `networking.k8s.io/v1`. */
function modelOf({ group, version, kind }) {
  const upperVersion = version[0].toUpperCase() + version.slice(1);
  const groupName = group === '' ? 'Core' : group[0].toUpperCase() + group.slice(1).split('.')[0];
  for (const name of [`${upperVersion}${kind}`, `${groupName}${upperVersion}${kind}`])
    if (models[name] !== undefined) return name;
  throw new Error(`@kubernetes/client-node has no type for ${group}/${version} ${kind}`);
}

function parseType(type, format) {
  const array = /^Array<(.+)>$/.exec(type);
  if (array) return { container: '[]', item: parseType(array[1], format) };
  const map = /^{ \[key: string\]: (.+); }$/.exec(type);
  if (map) return { container: '{}', item: parseType(map[1], format) };
  if (type === 'number') return { code: format === 'int64' ? 'l' : format === 'int32' ? 'i' : 'n' };
  if (type === 'string' && format === 'byte') return { code: 'y' };
  if (SCALARS[type] !== undefined) return { code: SCALARS[type] };
  if (models[type]?.getAttributeTypeMap === undefined) throw new Error(`unknown type ${type}`);
  return { code: `@${type}`, ref: type };
}

function format(type) {
  return type.container === undefined ? type.code : `${type.container}${format(type.item)}`;
}
function innermost(type) {
  return type.item === undefined ? type : innermost(type.item);
}

/** Reaches every type from the kinds, and remembers for each one way to it from a kind whose validator exists. */
function collectTypes(kinds) {
  const types = new Map();
  const queue = kinds.map((info) => ({ name: modelOf(info), path: [], validator: validatorOf(info) }));
  for (const { name, path, validator } of queue) {
    const known = types.get(name);
    if (known !== undefined && (known.validator !== undefined || validator === undefined)) continue;
    const later = LATER_FIELDS[name] ?? [];
    const attributes = models[name].getAttributeTypeMap().filter(({ baseName }) => !later.includes(baseName));
    const fields = attributes.map(({ baseName, type, format }) => ({ name: baseName, type: parseType(type, format) }));
    types.set(name, { fields, path, validator });
    for (const field of fields) {
      const inner = innermost(field.type);
      if (inner.ref !== undefined && path.length < 12)
        queue.push({ name: inner.ref, path: [...path, field], validator });
    }
  }
  return types;
}

function validatorOf({ group, version, kind }) {
  const groupName = group === '' ? 'Core' : group[0].toUpperCase() + group.slice(1).split('.')[0];
  const suffix = `${groupName}${version[0].toUpperCase()}${version.slice(1)}${kind}.js`;
  const file = validatorFiles.find((name) => name.endsWith(suffix));
  return file === undefined ? undefined : require(join(schemaFolder, file)).validate;
}

/** Wraps a value in the containers of a type, and says where in the instance it then stands. */
function wrap(type, value) {
  if (type.container === '[]')
    return { value: [wrap(type.item, value).value], pointer: `/0${wrap(type.item, value).pointer}` };
  if (type.container === '{}')
    return { value: { x: wrap(type.item, value).value }, pointer: `/x${wrap(type.item, value).pointer}` };
  return { value, pointer: '' };
}

/** Puts `value` at the type's place in an otherwise empty object; returns the validator's errors below that place. */
function probe({ path, validator }, value) {
  if (validator === undefined) return [];
  let instance = value;
  let pointer = '';
  for (const field of path.toReversed()) {
    const wrapped = wrap(field.type, instance);
    instance = { [field.name]: wrapped.value };
    pointer = `/${field.name}${wrapped.pointer}${pointer}`;
  }
  validator(instance);
  return (validator.errors ?? [])
    .filter((error) => error.instancePath.startsWith(pointer))
    .map((error) => ({ ...error, instancePath: error.instancePath.slice(pointer.length) }));
}

function describeField(typeName, type, field, required) {
  const facts = FIELD_FACTS[typeName]?.[field.name] ?? {};
  let text = format(field.type);
  if (facts.quantity) text = text.replace(/s$/, 'q');
  if (required.has(field.name) && !facts.defaulted) text += '!';
  if (text.replace(/[!\][{}]/g, '') === 's') {
    const wrapped = wrap(field.type, '\u0000');
    const error = probe(type, { [field.name]: wrapped.value }).find(
      ({ keyword, instancePath }) => keyword === 'enum' && instancePath === `/${field.name}${wrapped.pointer}`,
    );
    if (error !== undefined)
      text += `=${error.params.allowedValues
        .filter((value) => value !== null)
        .join('|')
        .replaceAll(' ', '~')}`;
  }
  if (facts.set) text += ' set';
  if (facts.keys) text += ` keys:${facts.keys.join('+')}`;
  if (facts.atomic) text += ' atomic';
  if (facts.granular) text += ' granular';
  if (facts.merge !== undefined) text += facts.merge === '' ? ' merge' : ` merge:${facts.merge}`;
  if (facts.retainKeys) text += ' retainKeys';
  if (facts.replace) text += ' replace';
  return `${field.name} ${text}`;
}

const kinds = await loadKinds();
const types = collectTypes(kinds);
for (const name of [...Object.keys(FIELD_FACTS), ...ATOMIC_TYPES]) {
  if (!types.has(name)) throw new Error(`a fact is about ${name}, which no kind uses`);
  for (const field of Object.keys(FIELD_FACTS[name] ?? {})) {
    if (!types.get(name).fields.some((known) => known.name === field))
      throw new Error(`a fact is about ${name}.${field}, which does not exist`);
  }
}

const lines = [];
for (const [name, type] of [...types].sort(([a], [b]) => (a < b ? -1 : 1))) {
  const required = new Set(
    probe(type, {}).flatMap((error) =>
      error.keyword === 'required' && error.instancePath === '' ? [error.params.missingProperty] : [],
    ),
  );
  const fields = type.fields.map((field) => describeField(name, type, field, required));
  const atomic = ATOMIC_TYPES.includes(name) ? '*' : '';
  lines.push(`  ${name}: ${JSON.stringify(`${atomic}${fields.join(';')}`)},`);
}
const kindLines = kinds.map(
  (info) => `  ${JSON.stringify(`${info.apiVersion}/${info.kind}`)}: ${JSON.stringify(modelOf(info))},`,
);

if (!existsSync(dirname(target))) mkdirSync(dirname(target), { recursive: true });
writeFileSync(
  target,
  `/** Written by scripts/generate-schema.mjs: do not edit. The grammar of a line is in ../schema.ts. */
export const TYPE_LINES: Readonly<Record<string, string>> = {
${lines.join('\n')}
};

/** The type of each kind. */
export const KIND_TYPES: Readonly<Record<string, string>> = {
${kindLines.join('\n')}
};
`,
);
console.log(`${lines.length} types of ${kinds.length} kinds`);
