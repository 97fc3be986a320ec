import { expect, test } from 'vitest';
import { formatFieldPath } from '../../../objects/field-problem.ts';
import type { KubernetesObject } from '../../../objects/types.ts';
import { validateObject } from '../validate-object.ts';

const DOTTED =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LONG = 'must be no more than 63 characters';
const recommended = (use: string, problems: string): string =>
  `warning this is used in ${use}, which can result in surprising behavior; a DNS label is recommended: [${problems}]`;
const ofPods = (problems: string): string => recommended('Pod names and hostnames', problems);

/**
 * Names of which pods' host names are made: the strategies' WarningsOnCreate, and ValidateStatefulSet of Kubernetes.
 */
test.each<[string, string, string, readonly string[]]>([
  ['apps/v1', 'Deployment', 'web', []],
  ['apps/v1', 'Deployment', 'web.v1', [ofPods(DOTTED)]],
  ['apps/v1', 'Deployment', 'w'.repeat(64), [ofPods(LONG)]],
  ['apps/v1', 'Deployment', `${'w'.repeat(62)}.v1`, [ofPods(`${LONG} ${DOTTED}`)]],
  ['apps/v1', 'Deployment', 'Web', ['error']],
  ['apps/v1', 'ReplicaSet', 'web.v1', [ofPods(DOTTED)]],
  ['v1', 'ReplicationController', 'web.v1', [ofPods(DOTTED)]],
  ['batch/v1', 'Job', 'once.v1', [ofPods(DOTTED)]],
  ['batch/v1', 'CronJob', 'daily.v1', [ofPods(DOTTED)]],
  ['v1', 'Pod', 'web.v1', [recommended("the Pod's hostname", DOTTED)]],
  ['apps/v1', 'DaemonSet', 'web.v1', []],
  ['v1', 'ConfigMap', 'web.v1', []],
  ['apps/v1', 'StatefulSet', 'web.v1', ['error']],
])('%s %s is called %s', (apiVersion, kind, name, problems) => {
  const object: KubernetesObject = { apiVersion, kind, metadata: { name, namespace: 'default' } };
  expect(ofName(object)).toEqual(problems);
  expect(ofName(object, object)).toEqual([]);
});

function ofName(object: KubernetesObject, previous?: KubernetesObject): readonly string[] {
  const problems = validateObject(object, previous === undefined ? {} : { previous });
  return problems
    .filter(({ path }) => formatFieldPath(path) === 'metadata.name')
    .map(({ severity, message }) => (severity === 'error' ? severity : `${severity} ${message}`));
}

test('owners in a file are warned of: no file knows their uids', () => {
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'nobody', uid: '12345' };
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'child', ownerReferences: [owner] } };
  const found = validateObject(object, { origin: 'manifest' });
  expect(found.map(({ severity, path, help }) => [severity, formatFieldPath(path), help])).toEqual([
    ['warning', 'metadata.ownerReferences', 'leave ownerReferences out of Git'],
  ]);
  expect(validateObject(object)).toEqual([]);
});

test.each<[what: string, finalizers: readonly string[], expected: readonly string[]]>([
  ['qualified and standard ones', ['example.com/hold', 'foregroundDeletion', 'kubernetes'], []],
  [
    'one that is neither',
    ['hold'],
    ['metadata.finalizers[0]: name is neither a standard finalizer name nor is it fully qualified'],
  ],
  [
    'both ways to delete',
    ['orphan', 'foregroundDeletion'],
    ['metadata.finalizers: finalizer orphan and foregroundDeletion cannot be both set'],
  ],
])('finalizers: %s', (_what, finalizers, expected) => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', finalizers: [...finalizers] } };
  const said = validateObject(object).map(
    ({ path, message }) => `${formatFieldPath(path)}: ${message.replace(/^Invalid value: (?:\[.*\]|".*"): /, '')}`,
  );
  expect(said).toEqual(expected);
});
