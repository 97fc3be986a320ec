import { expect, it } from 'vitest';
import type { JsonObject } from '../../lib/json.ts';
import { builtInRules } from '../object-rules.ts';
import { createTestRegistry, pod, refusal, service } from '../testing.ts';

const quota = (hard: object, more: object = {}, name = 'quota') => ({
  ...{ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name, namespace: 'default' } },
  spec: { hard, ...more },
});

/**
 * After TestAdmitHandlesOldObjects, TestAdmitHandlesNegativeUsage and their like: what a change asks for beyond what
 * was there.
 */
it.each<[rule: string, hard: Record<string, string>, before: object, after: JsonObject, refused: boolean]>([
  ['a port more', { 'services.nodeports': '0' }, {}, { type: 'NodePort' }, true],
  ['the same port', { 'services.nodeports': '1' }, { type: 'NodePort' }, { type: 'NodePort', selector: {} }, false],
  ['a port less', { 'services.nodeports': '1' }, { type: 'NodePort' }, { type: 'ClusterIP' }, false],
  ['a load balancer more', { 'services.loadbalancers': '0' }, {}, { type: 'LoadBalancer' }, true],
  ['nothing that counts', { services: '1' }, {}, { selector: { app: 'b' } }, false],
])('judges a change by what it asks for: %s', (_rule, hard, before, after, refused) => {
  const { client } = createTestRegistry();
  client.create(quota(hard));
  client.create(service('web', before));
  const change = () =>
    client.patch({ apiVersion: 'v1', kind: 'Service', namespace: 'default', name: 'web' }, 'merge', { spec: after });
  if (refused) expect(refusal(change).message).toContain('exceeded quota: quota');
  else expect(change()).toBeDefined();
});

it('lets go what is over a limit that was lowered, and lets it be touched', () => {
  const { client } = createTestRegistry();
  const made = client.create(quota({ pods: '2' }));
  client.create(pod('a'));
  client.create(pod('b'));
  client.update({ ...made, spec: { hard: { pods: '1' } } });
  const reference = (name: string) => ({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name });
  client.patch(reference('a'), 'merge', { metadata: { labels: { touched: 'yes' } } });
  expect(refusal(() => client.create(pod('c'))).message).toContain('used: pods=2, limited: pods=1');
  client.delete(reference('a'));
  expect(refusal(() => client.create(pod('c'))).message).toContain('used: pods=1, limited: pods=1');
  client.delete(reference('b'));
  client.create(pod('c'));
});

it('charges a pod to the quota that its deadline puts it into, and to each of several', () => {
  const { client } = createTestRegistry();
  const scoped = (name: string, ...scopes: readonly string[]) =>
    quota({ pods: '1' }, scopes.length === 0 ? {} : { scopes }, name);
  client.create(scoped('ends', 'Terminating'));
  client.create(scoped('stays', 'NotTerminating'));
  client.create(pod('ending', { activeDeadlineSeconds: 30 }));
  client.create(pod('staying'));
  expect(refusal(() => client.create(pod('more', { activeDeadlineSeconds: 30 }))).message).toContain('quota: ends');
  expect(refusal(() => client.create(pod('more'))).message).toContain('quota: stays');
  client.create(scoped('all'));
  client.delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'ending' });
  expect(refusal(() => client.create(pod('ending', { activeDeadlineSeconds: 30 }))).message).toContain('quota: all');
});

it('refuses what an amount that nobody can read limits, with its name, and nothing else', () => {
  const { client } = createTestRegistry({ rules: { ...builtInRules, validateObject: () => [] } });
  client.create(quota({ pods: 'many', services: '1' }));
  expect(refusal(() => client.create(pod('a')))).toMatchObject({
    httpStatus: 403,
    message: expect.stringContaining('failed quota: quota: hard[pods]: Invalid value: "many": quantities must match'),
  });
  client.create(service('web', {}));
  expect(refusal(() => client.create(service('more', {}))).message).toContain(
    'exceeded quota: quota, requested: services=1',
  );
});

it('refuses pods, and not claims, where an amount of their limits cannot be read', () => {
  const { client } = createTestRegistry({ rules: { ...builtInRules, validateObject: () => [] } });
  const metadata = { name: 'range', namespace: 'default' };
  const limits = [{ type: 'Container', default: { cpu: 'much' } }];
  client.create({ apiVersion: 'v1', kind: 'LimitRange', metadata, spec: { limits } });
  const { message } = refusal(() => client.create(pod('a')));
  expect(message).toContain('failed limit range: range: default[cpu]: Invalid value: "much"');
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  client.create({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec });
});
