import { describe, expect, it } from 'vitest';
import type { KubernetesObject, StoredObject } from '../objects/types.ts';
import type { Client } from './client.ts';
import type { Admission } from './context.ts';
import { builtInRules } from './object-rules.ts';
import { configMap, createTestRegistry, deployment, refusal, specOf, withSpec } from './testing.ts';

describe('a new cluster', () => {
  it('has its system namespaces, and keeps its uid when it is opened again', () => {
    const { client, registry, store } = createTestRegistry({ clusterUid: '11111111-1111-4111-8111-111111111111' });
    expect(client.list('Namespace').map(({ metadata }) => metadata.name)).toEqual(['default', 'kube-system']);
    expect(registry.clusterUid).toBe('11111111-1111-4111-8111-111111111111');
    const revision = store.revision;
    const again = createTestRegistry({ store, clusterUid: '22222222-2222-4222-8222-222222222222' });
    expect(again.registry.clusterUid).toBe(registry.clusterUid);
    expect(store.revision).toBe(revision);
  });
});

describe('create', () => {
  it('fills in what the server decides and hands out a frozen object', () => {
    const { client, store, clock } = createTestRegistry();
    const input = deployment('web');
    const created = client.create(input);
    expect(created.metadata).toMatchObject({ name: 'web', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' });
    expect(created.metadata.resourceVersion).toBe(String(store.revision));
    expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(specOf(created)).toMatchObject({ replicas: 1, revisionHistoryLimit: 10 });
    expect(client.get('Deployment', { namespace: 'default', name: 'web' })).toBe(created);
    expect(Object.isFrozen(created) && Object.isFrozen(specOf(created)['template'])).toBe(true);
    expect(Object.isFrozen(input)).toBe(false);
    expect(clock.wallMs()).toBe(Date.UTC(2026, 0, 1));
  });

  it('ignores what only the server may set', () => {
    const { client } = createTestRegistry();
    const created = client.create({
      ...deployment('web'),
      metadata: {
        name: 'web',
        uid: 'mine',
        generation: 7,
        creationTimestamp: '1999-01-01T00:00:00Z',
        deletionTimestamp: '1999-01-01T00:00:00Z',
      },
      status: { replicas: 5 },
    });
    expect(created.metadata).toMatchObject({
      generation: 1,
      namespace: 'default',
      creationTimestamp: '2026-01-01T00:00:00Z',
    });
    expect(created.metadata.uid).not.toBe('mine');
    expect(created.metadata.deletionTimestamp).toBeUndefined();
    expect(created['status']).toBeUndefined();
  });

  it('draws a name after a prefix, of at most 63 characters', () => {
    const { client } = createTestRegistry();
    const base = `${'a'.repeat(62)}-`;
    const made = [1, 2].map(() => client.create({ ...configMap(''), metadata: { generateName: base } }).metadata.name);
    expect(new Set(made).size).toBe(2);
    for (const name of made) expect(name).toMatch(/^a{58}[a-z0-9]{5}$/);
  });

  it.each([
    ['a taken name', (c: Client) => c.create(configMap('taken')), 'AlreadyExists', 'configmaps "taken" already exists'],
    [
      'no namespace',
      (c: Client) => c.create({ ...configMap('a'), metadata: { name: 'a', namespace: 'nope' } }),
      'NotFound',
      'namespaces "nope" not found',
    ],
    [
      'a namespace on a cluster-wide kind',
      (c: Client) => c.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a', namespace: 'default' } }),
      'Invalid',
      'metadata.namespace: Forbidden: not allowed on this type',
    ],
    [
      'no name',
      (c: Client) => c.create({ ...configMap(''), metadata: {} }),
      'Invalid',
      'name or generateName is required',
    ],
    [
      'a resource version',
      (c: Client) => c.create({ ...configMap('a'), metadata: { name: 'a', resourceVersion: '1' } }),
      'BadRequest',
      'resourceVersion should not be set on objects to be created',
    ],
    [
      'an unknown kind',
      (c: Client) => c.create({ apiVersion: 'x/v1', kind: 'Y' }),
      'BadRequest',
      'no matches for kind "Y" in version "x/v1"',
    ],
    [
      'a wrong value',
      (c: Client) => c.create(deployment('web', -1)),
      'Invalid',
      'Deployment.apps "web" is invalid: spec.replicas',
    ],
    ['an unknown field', (c: Client) => c.create({ ...configMap('a'), dta: {} }), 'Invalid', 'dta'],
  ] as const)('refuses %s', (_what, act, reason, message) => {
    const { client, store } = createTestRegistry();
    client.create(configMap('taken'));
    const revision = store.revision;
    const error = refusal(() => act(client));
    expect(error.reason).toBe(reason);
    expect(error.message).toContain(message);
    expect(store.revision).toBe(revision);
  });
});

describe('update', () => {
  it('raises the generation with the desired state only', () => {
    const { client } = createTestRegistry();
    const created = client.create(deployment('web', 1));
    const scaled = client.update(withSpec(created, { replicas: 2 }));
    expect(scaled.metadata.generation).toBe(2);
    const labelled = client.update({ ...scaled, metadata: { ...scaled.metadata, labels: { a: 'b' } } });
    expect(labelled.metadata.generation).toBe(2);
    const reported = client.updateStatus({ ...labelled, status: { replicas: 1 } });
    expect(reported.metadata.generation).toBe(2);
    expect(reported['status']).toEqual({ replicas: 1 });
  });

  it('writes nothing when nothing changes', () => {
    const { client, store } = createTestRegistry();
    const created = client.create(deployment('web', 1));
    const revision = store.revision;
    expect(client.update(structuredClone(created) as KubernetesObject)).toBe(created);
    expect(client.update(deployment('web', 1))).toBe(created);
    expect(client.updateStatus(created)).toBe(created);
    expect(store.revision).toBe(revision);
  });

  it('keeps the object and its status apart', () => {
    const { client } = createTestRegistry();
    const created = client.create(deployment('web', 1));
    const reported = client.updateStatus({ ...withSpec(created, { replicas: 9 }), status: { replicas: 1 } });
    expect(specOf(reported)['replicas']).toBe(1);
    const written = client.update({ ...withSpec(reported, { replicas: 3 }), status: { replicas: 9 } });
    expect(written['status']).toEqual({ replicas: 1 });
    expect(specOf(written)['replicas']).toBe(3);
  });

  it('judges of a status write the status, and the rest only where it is written', () => {
    const judged: KubernetesObject[] = [];
    const validateObject: typeof builtInRules.validateObject = (object) => {
      judged.push(object);
      return builtInRules.validateObject(object);
    };
    const { client } = createTestRegistry({ rules: { ...builtInRules, validateObject } });
    const created = client.create(deployment('web', 1));
    const count = judged.length;
    client.updateStatus({ ...created, status: { replicas: 1 } });
    expect(judged).toHaveLength(count);
    const report = (status: unknown) =>
      refusal(() => client.updateStatus({ ...created, metadata: { name: 'web' }, status }));
    expect(report({ replicas: 'one' }).details.causes).toMatchObject([{ field: 'status.replicas' }]);
    expect(report({ replica: 1 }).details.causes).toMatchObject([{ field: 'status.replica' }]);
    client.update(deployment('web', 2));
    expect(judged).toHaveLength(count + 1);
  });

  it('leaves out who wrote which field of a status where nobody asks for it', () => {
    const { client, registry } = createTestRegistry({ tracksStatus: false });
    const created = client.create(deployment('web', 1));
    const reported = client.updateStatus({ ...created, status: { replicas: 1 } });
    expect(reported.metadata.managedFields).toBe(created.metadata.managedFields);
    const other = registry.client({ user: 'other', fieldManager: 'other' });
    expect(other.update(deployment('web', 2)).metadata.managedFields).toMatchObject([
      { manager: 'other' },
      { manager: 'test' },
    ]);
  });

  it('judges all of what an admission puts into the place of a status write', () => {
    const admission: Admission = ({ subresource, object }) =>
      subresource === 'status' ? { object: { ...object, spec: { replicas: -1 } } } : undefined;
    const { client } = createTestRegistry({ admission: [admission] });
    const created = client.create(deployment('web', 1));
    const fields = refusal(() => client.updateStatus({ ...created, status: { replicas: 1 } })).details.causes;
    expect(fields?.map(({ field }) => field)).toContain('spec.replicas');
  });

  it.each([
    [
      'an old version',
      (c: Client, o: StoredObject) => c.update({ ...o, metadata: { ...o.metadata, resourceVersion: '1' } }),
      'Conflict',
      'the object has been modified; please apply your changes to the latest version and try again',
    ],
    [
      'another uid',
      (c: Client, o: StoredObject) => c.update({ ...o, metadata: { ...o.metadata, uid: 'x' } }),
      'Conflict',
      'Precondition failed: UID in precondition: x',
    ],
    ['what is not there', (c: Client) => c.update(deployment('nope')), 'NotFound', 'deployments.apps "nope" not found'],
    [
      'an immutable field',
      (c: Client, o: StoredObject) =>
        c.update(
          withSpec(o, {
            selector: { matchLabels: { app: 'other' } },
            template: { metadata: { labels: { app: 'other' } }, spec: { containers: [{ name: 'a', image: 'b' }] } },
          }),
        ),
      'Invalid',
      'field is immutable',
    ],
    [
      'an old version of the status',
      (c: Client, o: StoredObject) =>
        c.updateStatus({ ...o, metadata: { ...o.metadata, resourceVersion: '1' }, status: { replicas: 1 } }),
      'Conflict',
      'the object has been modified',
    ],
  ] as const)('refuses %s', (_what, act, reason, message) => {
    const { client, store } = createTestRegistry();
    const created = client.create(deployment('web', 1));
    const revision = store.revision;
    const error = refusal(() => act(client, created));
    expect(error.reason).toBe(reason);
    expect(error.message).toContain(message);
    expect(store.revision).toBe(revision);
  });

  it('shares one revision among the writes of a transaction, and leaves none when it fails', () => {
    const { client, store } = createTestRegistry();
    const revision = store.revision;
    client.transaction(() => {
      const made = client.create(configMap('a'));
      client.update({ ...made, data: { x: '1' } });
      client.create(configMap('b'));
    });
    expect(store.revision).toBe(revision + 1);
    expect(client.list('ConfigMap').map(({ metadata }) => metadata.resourceVersion)).toEqual([
      String(revision + 1),
      String(revision + 1),
    ]);
    expect(() =>
      client.transaction(() => {
        client.create(configMap('c'));
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(store.revision).toBe(revision + 1);
    expect(client.get('ConfigMap', { namespace: 'default', name: 'c' })).toBeUndefined();
  });
});

describe('admission', () => {
  it('may forbid or replace what is written', () => {
    const { client } = createTestRegistry({
      admission: [
        ({ object, verb }) => {
          if (object.kind !== 'ConfigMap') return undefined;
          const data = (object['data'] ?? {}) as Record<string, string>;
          if (data['bad'] === undefined) return { object: { ...object, data: { ...data, seen: verb } } };
          const message = 'bad is not allowed here';
          return {
            problems: [{ code: 'FieldRefused', severity: 'error', path: ['data', 'bad'], at: 'value', message }],
          };
        },
      ],
    });
    expect(client.create(configMap('a'))['data']).toEqual({ seen: 'create' });
    const error = refusal(() => client.create(configMap('b', { bad: '1' })));
    expect(error.reason).toBe('Forbidden');
    expect(error.message).toBe('configmaps "b" is forbidden: data.bad: Forbidden: bad is not allowed here');
  });
});

describe('node leases', () => {
  it('are kept outside of the revisions', () => {
    const { registry, clock, store } = createTestRegistry();
    const revision = store.revision;
    clock.moveTo(1234);
    registry.renewLease('n1');
    expect(registry.leaseTime('n1')).toBe(1234);
    expect(registry.leaseTime('n2')).toBeUndefined();
    expect(store.revision).toBe(revision);
  });
});
