import { describe, expect, it } from 'vitest';
import type { StoredObject } from '../../objects/types.ts';
import type { Client } from '../client.ts';
import { builtInRules } from '../object-rules.ts';
import {
  configMap,
  createTestRegistry,
  deployment,
  pod,
  referenceTo,
  refusal,
  service,
  specOf,
  withSpec,
} from '../testing.ts';

describe('patch and scale', () => {
  it.each([
    ['merge', { data: { a: null, c: '3' } }, { b: '2', c: '3' }],
    ['json', [{ op: 'replace', path: '/data/a', value: '9' }], { a: '9', b: '2' }],
    ['strategic', { data: { a: null } }, { b: '2' }],
  ] as const)('applies a %s patch', (type, patch, data) => {
    const { client } = createTestRegistry();
    client.create(configMap('a', { a: '1', b: '2' }));
    expect(client.patch(referenceTo(configMap('a')), type, patch as never)['data']).toEqual(data);
  });

  it('merges containers by name in a strategic patch', () => {
    const { client } = createTestRegistry();
    client.create(deployment('web'));
    const patch = { spec: { template: { spec: { containers: [{ name: 'app', image: 'busybox:2' }] } } } };
    const patched = client.patch(referenceTo(deployment('web')), 'strategic', patch);
    const template = specOf(patched)['template'] as { spec: { containers: object[] } };
    expect(template.spec.containers).toMatchObject([{ name: 'app', image: 'busybox:2' }]);
    expect(patched.metadata.generation).toBe(2);
  });

  it('refuses a patch that does not fit, and one of an old version', () => {
    const { client } = createTestRegistry();
    client.create(configMap('a', { a: '1' }));
    const reference = referenceTo(configMap('a'));
    expect(
      refusal(() => client.patch(reference, 'json', [{ op: 'test', path: '/data/a', value: '2' }])).httpStatus,
    ).toBe(422);
    expect(refusal(() => client.patch(reference, 'json', { no: 'list' })).reason).toBe('BadRequest');
    expect(refusal(() => client.patch(reference, 'merge', { metadata: { labels: 'x' } })).reason).toBe('BadRequest');
    expect(
      refusal(() => client.patch(reference, 'merge', { metadata: { resourceVersion: '1' }, data: {} })).reason,
    ).toBe('Conflict');
  });

  it('sets replicas through scale and owns them there', () => {
    const { client } = createTestRegistry();
    const created = client.create(deployment('web', 1));
    const scaler = client.as({ user: 'hpa', fieldManager: 'hpa' });
    const scaled = scaler.patch(referenceTo(created), 'merge', { spec: { replicas: 4 } }, { subresource: 'scale' });
    expect(specOf(scaled)['replicas']).toBe(4);
    expect(scaled.metadata.managedFields).toContainEqual(
      expect.objectContaining({ manager: 'hpa', operation: 'Update', subresource: 'scale' }),
    );
    expect(refusal(() => client.update(configMap('x'), { subresource: 'scale' })).reason).toBe('NotFound');
    expect(refusal(() => scaler.update(withSpec(created, { replicas: 5 }), { subresource: 'scale' })).reason).toBe(
      'Conflict',
    );
  });
});

it('refuses to scale what has a selector that cannot be read', () => {
  const { client } = createTestRegistry({ rules: { ...builtInRules, validateObject: () => [] } });
  const selector = { matchExpressions: [{ key: 'app', operator: 'StartsWith', values: ['w'] }] };
  const web = deployment('web', 1);
  const created = client.create({ ...web, spec: { ...(web['spec'] as object), selector } });
  const scale = () => client.patch(referenceTo(created), 'merge', { spec: { replicas: 4 } }, { subresource: 'scale' });
  expect(refusal(scale)).toMatchObject({
    reason: 'BadRequest',
    message: expect.stringContaining('"StartsWith" is not a valid label selector operator'),
  });
});

describe('apply', () => {
  const byGit = { fieldManager: 'git' };

  it('creates, then changes, then leaves alone', () => {
    const { client, store } = createTestRegistry();
    expect(client.apply(deployment('web', 1), byGit).action).toBe('created');
    expect(client.apply(deployment('web', 2), byGit).action).toBe('configured');
    const revision = store.revision;
    expect(client.apply(deployment('web', 2), byGit).action).toBe('unchanged');
    expect(store.revision).toBe(revision);
  });

  it('removes what it no longer sets and leaves what others set', () => {
    const { client } = createTestRegistry();
    client.apply({ ...configMap('a'), data: { mine: '1', also: '2' } }, byGit);
    client.patch(referenceTo(configMap('a')), 'merge', { data: { theirs: '3' } });
    const { object } = client.apply({ ...configMap('a'), data: { mine: '1' } }, byGit);
    expect(object['data']).toEqual({ mine: '1', theirs: '3' });
  });

  it('fails with a cause per field of somebody else, unless forced or decided', () => {
    const { client } = createTestRegistry();
    const created = client.apply(deployment('web', 1), byGit).object;
    const hpa = client.as({ user: 'hpa', fieldManager: 'hpa' });
    hpa.update(withSpec(created, { replicas: 5 }), { subresource: 'scale' });
    const error = refusal(() => client.apply(deployment('web', 1), byGit));
    expect(error.reason).toBe('Conflict');
    expect(error.message).toBe(
      'Apply failed with 1 conflict: conflict with "hpa" with subresource "scale" using apps/v1: .spec.replicas',
    );
    expect(error.details.causes).toEqual([
      {
        reason: 'FieldManagerConflict',
        message: 'conflict with "hpa" with subresource "scale" using apps/v1',
        field: '.spec.replicas',
      },
    ]);
    const ceded = client.apply(deployment('web', 1), { ...byGit, resolveConflict: () => 'cede' });
    expect(specOf(ceded.object)['replicas']).toBe(5);
    expect(ceded.ceded).toMatchObject([{ manager: 'hpa', field: 'spec.replicas' }]);
    expect(specOf(client.apply(deployment('web', 1), { ...byGit, force: true }).object)['replicas']).toBe(1);
  });
});

describe('bind', () => {
  it('ties a pod to a node once', () => {
    const { client } = createTestRegistry();
    const created = client.create(pod('p'));
    client.bind({ namespace: 'default', name: 'p' }, 'n1');
    const bound = client.get('Pod', { namespace: 'default', name: 'p' });
    expect(bound?.spec?.nodeName).toBe('n1');
    expect(bound?.status?.conditions).toMatchObject([{ type: 'PodScheduled', status: 'True' }]);
    expect(bound?.status?.qosClass).toBe('BestEffort');
    expect(refusal(() => client.bind({ namespace: 'default', name: 'p' }, 'n2')).message).toContain(
      'is already assigned to node "n1"',
    );
    expect(client.list('Pod', { fieldSelector: 'spec.nodeName=n1' })).toHaveLength(1);
    expect(created.metadata.uid).toBe(bound?.metadata.uid);
  });
});

describe('dry runs', () => {
  const acts: readonly (readonly [string, (c: Client) => StoredObject])[] = [
    ['create', (c) => c.create(service('new', { type: 'NodePort' }), { dryRun: true })],
    ['update', (c) => c.update(deployment('web', 9), { dryRun: true })],
    ['patch', (c) => c.patch(referenceTo(deployment('web')), 'merge', { spec: { replicas: 9 } }, { dryRun: true })],
    ['apply', (c) => c.apply(deployment('web', 9), { fieldManager: 'git', force: true, dryRun: true }).object],
    ['apply of something new', (c) => c.apply(deployment('other', 9), { fieldManager: 'git', dryRun: true }).object],
    ['delete', (c) => c.delete(referenceTo(deployment('web')), { dryRun: true })],
    [
      'foreground delete',
      (c) => c.delete(referenceTo(deployment('web')), { dryRun: true, propagationPolicy: 'Foreground' }),
    ],
  ];

  it.each(acts)('of %s computes the result and leaves no trace', async (_what, act) => {
    const { client, store } = createTestRegistry();
    client.create(deployment('web', 1));
    const before = store.list('').map((entry) => entry.value);
    const revision = store.revision;
    const seen: unknown[] = [];
    client.watchAll((event) => seen.push(event));
    expect(act(client).metadata.name).toMatch(/web|new|other/);
    expect(store.revision).toBe(revision);
    expect(store.list('').map((entry) => entry.value)).toEqual(before);
    expect(seen).toEqual([]);
    await store.durable();
  });

  it('compute what the real write then stores', () => {
    const { client } = createTestRegistry();
    client.create(deployment('web', 1));
    const planned = client.apply(deployment('web', 3), { fieldManager: 'git', force: true, dryRun: true }).object;
    const done = client.apply(deployment('web', 3), { fieldManager: 'git', force: true }).object;
    expect({ ...planned, metadata: { ...planned.metadata, resourceVersion: '' } }).toEqual({
      ...done,
      metadata: { ...done.metadata, resourceVersion: '' },
    });
  });

  it('play a series of writes that build on each other', () => {
    const { client, store } = createTestRegistry();
    const revision = store.revision;
    const names = client.dryRun(() => {
      client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
      const made = client.create({ ...configMap('a'), metadata: { name: 'a', namespace: 'shop' } });
      client.recordEvent({ regarding: made, type: 'Normal', reason: 'Made', message: 'made', component: 'test' });
      return client.list('ConfigMap', { namespace: 'shop' }).map(({ metadata }) => metadata.name);
    });
    expect(names).toEqual(['a']);
    expect(store.revision).toBe(revision);
    expect(() => client.dryRun(() => client.create(configMap('')))).toThrow('name or generateName is required');
    client.transaction(() => {
      client.create(configMap('kept'));
      client.dryRun(() => client.create(configMap('undone')));
    });
    expect(client.list('ConfigMap').map(({ metadata }) => metadata.name)).toEqual(['kept']);
  });
});
