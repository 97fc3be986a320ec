import { expect, test } from 'vitest';
import {
  configMapKeyProblems,
  descendingPathProblems,
  dns1035LabelProblems,
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  envVarNameProblems,
  generateNameProblems,
  labelValueProblems,
  type NameRule,
  objectNameProblems,
  portNameProblems,
  portNumberProblems,
  qualifiedNameProblems,
} from './names.ts';

const RULES: readonly (readonly [string, NameRule, readonly string[], readonly string[]])[] = [
  [
    'DNS-1123 label',
    dns1123LabelProblems,
    ['a', '0', 'a-b', 'a'.repeat(63)],
    ['', 'A', 'a.b', '-a', 'a-', 'a_b', 'a'.repeat(64), 'a\n'],
  ],
  ['DNS-1123 subdomain', dns1123SubdomainProblems, ['a', 'a.b', '0.0'], ['', 'a..b', '.a', 'a.', 'A', 'a'.repeat(254)]],
  ['DNS-1035 label', dns1035LabelProblems, ['a', 'a0'], ['0a', '', 'a.b', 'a'.repeat(64)]],
  [
    'qualified name',
    qualifiedNameProblems,
    ['a', 'A.b_c', 'x.io/A'],
    ['', 'a/', '/a', 'a/b/c', 'X/a', 'a b', `x/${'a'.repeat(64)}`],
  ],
  ['label value', labelValueProblems, ['', 'a', 'A_b.c'], ['-', 'a b', 'a'.repeat(64)]],
  ['variable name', envVarNameProblems, ['A', 'a.b', '1', 'my var'], ['', 'a=b', 'ä']],
  ['config key', configMapKeyProblems, ['a', '.a', 'A_b-c.d'], ['', '.', '..', '..a', 'a/b', 'a'.repeat(254)]],
  ['port name', portNameProblems, ['http', 'h2-c'], ['', 'HTTP', '80', 'a--b', '-a', 'a'.repeat(16)]],
  ['path below a root', descendingPathProblems, ['', 'a/b', 'a/..b'], ['/a', '..', 'a/../b']],
];

for (const [name, rule, good, bad] of RULES) {
  test.each(good)(`${name}: %j is allowed`, (value) => expect(rule(value)).toEqual([]));
  test.each(bad)(`${name}: %j is refused`, (value) => expect(rule(value)).not.toEqual([]));
}

test('messages are those of Kubernetes', () => {
  expect(dns1123LabelProblems('A')).toEqual([
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
  ]);
  expect(portNumberProblems(0)).toEqual(['must be between 1 and 65535, inclusive']);
});

test('each kind has its own rule', () => {
  expect(objectNameProblems({ kind: 'ConfigMap' }, 'a.b')).toEqual([]);
  expect(objectNameProblems({ kind: 'Namespace' }, 'a.b')).not.toEqual([]);
  expect(objectNameProblems({ kind: 'Service' }, '0a')).not.toEqual([]);
  expect(objectNameProblems({ kind: 'ClusterRole' }, 'system:node')).toEqual([]);
  expect(generateNameProblems({ kind: 'Pod' }, 'web-')).toEqual([]);
  expect(generateNameProblems({ kind: 'Pod' }, 'Web-')).not.toEqual([]);
});
