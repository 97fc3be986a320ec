import { describe, expect, test } from 'vitest';
import {
  findKind,
  findKindByName,
  findKindsNamed,
  findRemovedVersion,
  findResource,
  formatObject,
  KINDS,
  kindsInCategory,
  servedGroupVersions,
  storageKeyOf,
  storagePrefixOf,
} from './kinds.ts';

test('no two rows of the table claim the same kind, path or short name', () => {
  const unique = (values: readonly string[]) => expect(values.toSorted()).toEqual([...new Set(values)].sort());
  unique(KINDS.map((info) => `${info.apiVersion}/${info.kind}`));
  unique(KINDS.map((info) => `${info.apiVersion}/${info.plural}`));
  unique(
    KINDS.flatMap((info) =>
      info.shortNames.map((name) => `${name} in ${info.version} ${info.kind === 'Event' ? info.group : ''}`),
    ),
  );
});

test('every kind that is not implemented says why', () => {
  for (const info of KINDS)
    expect([info.kind, info.supportReason === '']).toEqual([info.kind, info.support === 'implemented']);
});

test.each([
  ['deploy', 'Deployment'],
  ['deployments', 'Deployment'],
  ['Deployment', 'Deployment'],
  ['deployments.apps', 'Deployment'],
  ['deployments.v1.apps', 'Deployment'],
  ['svc', 'Service'],
  ['events', 'Event'],
  ['ing', 'Ingress'],
])('%s on the command line means %s', (name, kind) => expect(findKindByName(name)?.kind).toBe(kind));

test('what is unknown is not found', () => {
  expect(findKindByName('deployments.batch')).toBeUndefined();
  expect(findKind('apps/v2', 'Deployment')).toBeUndefined();
  expect(findKind('v1', 'toString')).toBeUndefined();
  expect(findKindsNamed('Deployment').map((info) => info.apiVersion)).toEqual(['apps/v1']);
  expect(findResource('apps/v1', 'deployments')?.kind).toBe('Deployment');
});

test.each([
  ['extensions/v1beta1', 'Deployment', '1.16', 'apps/v1'],
  ['extensions/v1beta1', 'Ingress', '1.22', 'networking.k8s.io/v1'],
  ['policy/v1beta1', 'PodSecurityPolicy', '1.25', undefined],
  ['batch/v1beta1', 'CronJob', '1.25', 'batch/v1'],
])('%s %s was removed in %s, now %s', (apiVersion, kind, removedIn, successor) => {
  expect(findRemovedVersion(apiVersion, kind)).toEqual({ removedIn, successor });
});
test('a version that is served was not removed', () =>
  expect(findRemovedVersion('apps/v1', 'Deployment')).toBeUndefined());
test('every successor is in the table', () => {
  for (const info of KINDS) {
    const successor = findRemovedVersion('extensions/v1beta1', info.kind)?.successor;
    if (successor !== undefined) expect(findKind(successor, info.kind)).toBeDefined();
  }
});

describe('keys', () => {
  test.each([
    [
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' } },
      '/apps/deployments/shop/web',
    ],
    [{ apiVersion: 'v1', kind: 'Pod', name: 'a', namespace: 'b' }, '/core/pods/b/a'],
    [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } }, '/core/pods/default/a'],
    [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }, '/core/namespaces/-/shop'],
    [{ apiVersion: 'v1', kind: 'Namespace', name: 'shop', namespace: 'ignored' }, '/core/namespaces/-/shop'],
  ])('%j', (object, key) => {
    expect(storageKeyOf(object)).toBe(key);
    const info = findKind(object.apiVersion, object.kind);
    if (info === undefined) throw new Error('unknown');
    expect(key.startsWith(storagePrefixOf(info))).toBe(true);
  });

  test('an object without a name or a known kind has none', () => {
    expect(() => storageKeyOf({ apiVersion: 'v1', kind: 'Pod', metadata: {} })).toThrow('without a name');
    expect(() => storageKeyOf({ apiVersion: 'x/v1', kind: 'Pod', name: 'a' })).toThrow('no kind Pod in x/v1');
  });
});

test('objects are named as people read them', () => {
  expect(formatObject({ kind: 'Deployment', metadata: { namespace: 'shop', name: 'web' } })).toBe(
    'Deployment/shop/web',
  );
  expect(formatObject({ kind: 'Namespace', metadata: { name: 'shop' } })).toBe('Namespace/shop');
  expect(formatObject({ kind: 'Pod', name: 'a', namespace: 'b' })).toBe('Pod/b/a');
});

test('discovery lists only what is stored', () => {
  const versions = servedGroupVersions().map((version) => version.apiVersion);
  expect(versions.slice(0, 3)).toEqual(['v1', 'apps/v1', 'autoscaling/v2']);
  expect(versions).not.toContain('apiextensions.k8s.io/v1');
  expect(kindsInCategory('all').map((info) => info.kind)).toContain('Pod');
});
