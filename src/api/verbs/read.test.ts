import { describe, expect, it } from 'vitest';
import { configMap, createTestRegistry, pod, referenceTo, refusal } from '../testing.ts';

describe('list and watch', () => {
  it.each([
    [{}, ['kube-system/d', 'default/a', 'default/b', 'default/c']],
    [{ namespace: 'default' }, ['default/a', 'default/b', 'default/c']],
    [{ namespace: 'default', labelSelector: 'app=web' }, ['default/a', 'default/b']],
    [{ labelSelector: 'app in (web)' }, ['kube-system/d', 'default/a', 'default/b']],
    [{ namespace: 'default', labelSelector: '!app' }, ['default/c']],
    [{ fieldSelector: 'spec.nodeName=n1' }, ['default/b']],
    [{ namespace: 'default', fieldSelector: 'metadata.name=a', labelSelector: 'app=db' }, []],
    [{ namespace: 'default', ownerUid: 'owner-1' }, ['default/c']],
    [{ namespace: 'kube-system', ownerUid: 'owner-1' }, []],
  ])('selects %j', (options, names) => {
    const { client } = createTestRegistry();
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'owner-1' };
    client.create(pod('a'));
    client.create(pod('b', { nodeName: 'n1' }));
    client.create({ ...pod('c'), metadata: { name: 'c', namespace: 'default', ownerReferences: [owner] } });
    client.create({ ...pod('d'), metadata: { name: 'd', namespace: 'kube-system', labels: { app: 'web' } } });
    const found = client.list('Pod', options).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    expect(found.toSorted()).toEqual(names.toSorted());
  });

  it('refuses selectors that cannot be read', () => {
    const { client } = createTestRegistry();
    expect(refusal(() => client.list('Pod', { labelSelector: 'a=b=c' })).reason).toBe('BadRequest');
    expect(refusal(() => client.list('Pod', { fieldSelector: 'spec.nope=1' })).message).toBe(
      'field label not supported: spec.nope',
    );
  });

  it('tells of each change in the same tick, with what was before', () => {
    const { client } = createTestRegistry();
    const seen: string[] = [];
    const stop = client.watch('ConfigMap', ({ type, object, previous, revision }) => {
      expect(object.metadata.resourceVersion).toBe(String(revision));
      seen.push(`${type} ${JSON.stringify(previous?.data)} ${JSON.stringify(object.data)}`);
    });
    const created = client.create(configMap('a', { x: '1' }));
    client.create(pod('p'));
    client.update({ ...created, data: { x: '2' } });
    client.delete(referenceTo(created));
    stop();
    client.create(configMap('b'));
    expect(seen).toEqual(['ADDED undefined {"x":"1"}', 'MODIFIED {"x":"1"} {"x":"2"}', 'DELETED {"x":"2"} {"x":"2"}']);
  });
});
