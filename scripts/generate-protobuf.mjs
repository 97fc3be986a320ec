/**
 * Writes `src/api/http/protobuf/generated/message-table.ts`: the numbers of the protobuf fields of every kind that Berth stores, one line per message. Run at
 * development time with checkouts of k8s.io/api and k8s.io/apimachinery: `node scripts/generate-protobuf.mjs API_FOLDER APIMACHINERY_FOLDER`.
 *
 * The tags of the Go types say for each field its number, its name in JSON and whether it is a pointer. `src/api/http/protobuf/decode-object.ts` reads the result.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadKinds } from './load-kinds.mjs';

const [apiFolder, machineryFolder] = process.argv.slice(2);
if (apiFolder === undefined || machineryFolder === undefined) {
  console.error('usage: node scripts/generate-protobuf.mjs API_FOLDER APIMACHINERY_FOLDER');
  process.exit(2);
}
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(root, 'src/api/http/protobuf/generated/message-table.ts');

/** Types that are written in a form of their own. */
const OWN_FORMS = {
  'meta.Time': 't',
  'meta.MicroTime': 'u',
  'resource.Quantity': '@Quantity',
  'intstr.IntOrString': '@IntOrString',
  'runtime.RawExtension': '@Json',
  'meta.FieldsV1': '@Json',
};
const SCALARS = { string: 's', bool: 'b', int32: 'i', int64: 'i', int: 'i', '[]byte': 'y' };
/** What stands for a package in the Go files, where it is not the last step of its path. */
const PACKAGES = {
  metav1: 'meta',
  v1: 'core',
  corev1: 'core',
  apiv1: 'core',
  resource: 'resource',
  intstr: 'intstr',
  runtime: 'runtime',
  types: 'types',
};

/** `meta.ObjectMeta` or `apps/v1.Deployment` → its struct, or what else it is. */
const types = new Map();
const packages = new Map();

function readPackage(name, folder) {
  for (const file of readdirSync(folder)) {
    if (!file.endsWith('.go') || /_test\.go$|^zz_|generated/.test(file)) continue;
    const text = readFileSync(join(folder, file), 'utf8').replace(/^\s*\/\/.*$/gm, '');
    for (const [, type, body] of text.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm))
      types.set(`${name}.${type}`, {
        fields: [...body.matchAll(/^\s+(?:(\w+) )?\s*([^\s`]+)\s+`([^`]*)`/gm)].flatMap(fieldOf),
      });
    for (const [, type, underlying] of text.matchAll(/^type (\w+) ((?:map\[\w+\]|\[\]|\*)*[\w.]+)$/gm))
      if (underlying !== 'struct' && underlying !== 'interface') types.set(`${name}.${type}`, { underlying });
  }
  packages.set(name, folder);
}

function fieldOf([, , type, tags]) {
  const [, number] = /protobuf:"\w+,(\d+),/.exec(tags) ?? [];
  const [, json = ''] = /json:"([^"]*)"/.exec(tags) ?? [];
  if (number === undefined) return [];
  const [name] = json.split(',');
  return [{ number: Number(number), name, isInline: name === '', type }];
}

function qualify(type, packageName) {
  if (!type.includes('.')) return `${packageName}.${type}`;
  const [prefix, name] = type.split('.');
  const own = PACKAGES[prefix];
  return own === 'core' ? `core/v1.${name}` : `${own ?? prefix}.${name}`;
}

/** The code of a Go type, and the messages that it needs. */
function codeOf(type, packageName, needs) {
  if (type === '[]byte') return 'y';
  if (type.startsWith('*')) {
    const code = codeOf(type.slice(1), packageName, needs);
    return /^[sib]$/.test(code) ? `${code}?` : code;
  }
  if (type.startsWith('[]')) return `${codeOf(type.slice(2), packageName, needs)}[]`;
  const map = /^map\[[\w.]+\](.+)$/.exec(type);
  if (map) return `${codeOf(map[1], packageName, needs)}{}`;
  if (SCALARS[type] !== undefined) return SCALARS[type];
  const name = qualify(type, packageName);
  if (OWN_FORMS[name] !== undefined) return OWN_FORMS[name];
  if (name.startsWith('types.')) return 's';
  const found = types.get(name);
  // A type of a group that Berth does not serve: its field is refused where it is sent.
  if (found === undefined) return undefined;
  if (found.underlying !== undefined) {
    // A list that is a type of its own is a message with the items as field 1.
    if (/^\[\]string$/.test(found.underlying)) return '@Items';
    return codeOf(found.underlying, name.slice(0, name.lastIndexOf('.')), needs);
  }
  needs.push(name);
  return `@${name}`;
}

const kinds = (await loadKinds()).filter(({ support }) => support !== 'refused');
readPackage('meta', join(machineryFolder, 'pkg/apis/meta/v1'));
const FOLDERS = { '': 'core' };
const more = [
  { group: 'policy', version: 'v1', kind: 'Eviction' },
  { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
  { group: 'authentication.k8s.io', version: 'v1', kind: 'SelfSubjectReview' },
  { group: 'authorization.k8s.io', version: 'v1', kind: 'SelfSubjectAccessReview' },
  { group: 'authorization.k8s.io', version: 'v1', kind: 'SelfSubjectRulesReview' },
];
const messages = new Map();
const waiting = [];
for (const { group, version, kind } of [...kinds, ...more]) {
  const folder = `${FOLDERS[group] ?? group.split('.')[0]}/${version}`;
  if (!packages.has(folder)) readPackage(folder, join(apiFolder, folder));
  waiting.push(`${folder}.${kind}`);
  messages.set(`${group === '' ? version : `${group}/${version}`}/${kind}`, `${folder}.${kind}`);
}
if (!packages.has('core/v1')) readPackage('core/v1', join(apiFolder, 'core/v1'));
const lines = new Map();
const roots = new Set(waiting);
for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
  if (lines.has(name)) continue;
  const packageName = name.slice(0, name.lastIndexOf('.'));
  const needs = [];
  const fields = types.get(name).fields.flatMap(({ number, name: json, isInline, type }) => {
    // What only the server writes is not taken from clients.
    if (roots.has(name) && json === 'status') return `${number} status -`;
    const code = codeOf(type, packageName, needs);
    return code === undefined || code.startsWith('undefined') ? [] : `${number} ${isInline ? '.' : json} ${code}`;
  });
  lines.set(name, fields.join(';'));
  waiting.push(...needs);
}
mkdirSync(dirname(target), { recursive: true });
const table = (entries) =>
  entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([a, b]) => `  '${a}': '${b}',`)
    .join('\n');
writeFileSync(
  target,
  `/** Written by scripts/generate-protobuf.mjs: do not edit. The grammar of a line is in ../decode-object.ts. */
export const MESSAGES: Readonly<Record<string, string>> = {
${table([...lines])}
};

/** The message of each kind. */
export const KIND_MESSAGES: Readonly<Record<string, string>> = {
${table([...messages])}
};
`,
);
console.log(`${lines.size} messages of ${messages.size} kinds`);
