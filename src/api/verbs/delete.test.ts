import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../objects/types.ts';
import type { Client } from '../client.ts';
import { configMap, createTestRegistry, deployment, pod, referenceTo, refusal } from '../testing.ts';

describe('delete', () => {
  const later = (client: Client, object: KubernetesObject) => client.getObject(referenceTo(object));

  it.each([
    ['a pod on no node', {}, undefined],
    ['a pod on a node', { nodeName: 'n1' }, 30],
    ['a pod with a grace of its own', { nodeName: 'n1', terminationGracePeriodSeconds: 5 }, 5],
  ])('marks %s for its grace period', (_what, spec, grace) => {
    const { client } = createTestRegistry();
    const created = client.create(pod('p', spec));
    const left = client.delete(referenceTo(created));
    expect(left.metadata.deletionGracePeriodSeconds).toBe(grace);
    expect(later(client, created)?.metadata.deletionTimestamp).toBe(
      grace === undefined ? undefined : `2026-01-01T00:00:${String(grace).padStart(2, '0')}Z`,
    );
    if (grace === undefined) return expect(later(client, created)).toBeUndefined();
    expect(later(client, created)?.metadata.generation).toBe(2);
    client.delete(referenceTo(created), { gracePeriodSeconds: 0 });
    expect(later(client, created)).toBeUndefined();
  });

  it('shortens a grace period and never prolongs it', () => {
    const { client, clock, store } = createTestRegistry();
    const created = client.create(pod('p', { nodeName: 'n1' }));
    client.delete(referenceTo(created));
    clock.moveTo(5000);
    const revision = store.revision;
    client.delete(referenceTo(created), { gracePeriodSeconds: 60 });
    expect(store.revision).toBe(revision);
    const shortened = client.delete(referenceTo(created), { gracePeriodSeconds: 10 });
    expect(shortened.metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:10Z',
      deletionGracePeriodSeconds: 10,
      generation: 2,
    });
  });

  it('lets a finished pod go at once', () => {
    const { client } = createTestRegistry();
    const created = client.create(pod('p', { nodeName: 'n1' }));
    client.updateStatus({ ...created, status: { phase: 'Succeeded' } });
    client.delete(referenceTo(created));
    expect(later(client, created)).toBeUndefined();
  });

  it('waits for finalizers, which may only go', () => {
    const { client } = createTestRegistry();
    const created = client.create({
      ...configMap('a'),
      metadata: { name: 'a', namespace: 'default', finalizers: ['x/hold', 'x/too'] },
    });
    const marked = client.delete(referenceTo(created));
    expect(marked.metadata.deletionTimestamp).toBe('2026-01-01T00:00:00Z');
    const finalizers = (list: string[]) =>
      client.update({ ...marked, metadata: { ...marked.metadata, resourceVersion: '', finalizers: list } });
    expect(refusal(() => finalizers(['x/hold', 'x/new'])).reason).toBe('Invalid');
    finalizers(['x/hold']);
    expect(later(client, created)).toBeDefined();
    finalizers([]);
    expect(later(client, created)).toBeUndefined();
  });

  it.each([
    ['Foreground', ['foregroundDeletion']],
    ['Orphan', ['orphan']],
    ['Background', undefined],
  ] as const)('%s leaves the right finalizer', (propagationPolicy, finalizers) => {
    const { client } = createTestRegistry();
    const created = client.create(deployment('web'));
    client.delete(referenceTo(created), { propagationPolicy });
    expect(later(client, created)?.metadata.finalizers).toEqual(finalizers);
  });

  it.each([
    ['Orphan', [], ['orphan']],
    ['Orphan', ['x/hold', 'foregroundDeletion'], ['x/hold', 'foregroundDeletion']],
    ['Background', ['x/hold'], ['x/hold']],
  ] as const)('%s by default stands behind what %j say', (policy, given, finalizers) => {
    const { client } = createTestRegistry();
    const web = deployment('web');
    const created = client.create({ ...web, metadata: { ...web.metadata, finalizers: [...given] } });
    client.delete(referenceTo(created), { orphansByDefault: policy === 'Orphan' });
    expect(later(client, created)?.metadata.finalizers).toEqual(finalizers);
  });

  it('checks preconditions', () => {
    const { client } = createTestRegistry();
    const created = client.create(configMap('a'));
    const reference = referenceTo(created);
    expect(refusal(() => client.delete(reference, { preconditions: { uid: 'x' } })).reason).toBe('Conflict');
    expect(refusal(() => client.delete(reference, { preconditions: { resourceVersion: '1' } })).reason).toBe(
      'Conflict',
    );
    client.delete(reference, { preconditions: { uid: created.metadata.uid } });
    expect(refusal(() => client.delete(reference)).reason).toBe('NotFound');
  });

  it('terminates a namespace until it is finalized, and takes nothing new into it', () => {
    const { client, registry } = createTestRegistry();
    const created = client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    expect(created.metadata.labels).toEqual({ 'kubernetes.io/metadata.name': 'shop' });
    const marked = client.delete(referenceTo(created));
    expect(marked['status']).toEqual({ phase: 'Terminating' });
    const error = refusal(() => client.create({ ...configMap('a'), metadata: { name: 'a', namespace: 'shop' } }));
    expect(error.message).toBe(
      'configmaps "a" is forbidden: unable to create new content in namespace shop because it is being terminated',
    );
    registry.finalizeNamespace(client.identity, 'shop', []);
    expect(client.get('Namespace', { name: 'shop' })).toBeUndefined();
    expect(refusal(() => client.delete({ apiVersion: 'v1', kind: 'Namespace', name: 'default' })).reason).toBe(
      'Forbidden',
    );
  });

  it('keeps a namespace for as long as a finalizer of somebody else is there', () => {
    const { client, registry } = createTestRegistry();
    const spec = { finalizers: ['person.example/hold'] };
    const created = client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' }, spec });
    expect(created['spec']).toEqual({ finalizers: ['person.example/hold', 'kubernetes'] });
    client.delete(referenceTo(created));
    registry.finalizeNamespace(client.identity, 'shop', ['person.example/hold']);
    expect(client.get('Namespace', { name: 'shop' })?.metadata.deletionTimestamp).toBeDefined();
    registry.finalizeNamespace(client.identity, 'shop', []);
    expect(client.get('Namespace', { name: 'shop' })).toBeUndefined();
  });
});
