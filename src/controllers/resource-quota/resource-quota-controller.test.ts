import { afterEach, expect, it } from 'vitest';
import { builtInRules } from '../../api/object-rules.ts';
import { createTestRegistry } from '../../api/testing.ts';
import { startTestControlPlane, type TestControlPlane, testDeployment } from '../testing/control-plane.ts';

let plane: TestControlPlane;
afterEach(() => plane.stop());

it('shows what is used, as pods come, end and go', () => {
  plane = startTestControlPlane();
  const metadata = { name: 'quota', namespace: 'default' };
  const hard = { pods: '3', 'count/deployments.apps': '5' };
  plane.client.create({ apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard } });
  plane.client.create(testDeployment('web', { replicas: 5 }));
  plane.settle();
  const status = () => plane.client.get('ResourceQuota', metadata)?.status;
  expect(status()).toEqual({ hard, used: { pods: '3', 'count/deployments.apps': '1' } });
  plane.client.delete({ apiVersion: 'apps/v1', kind: 'Deployment', ...metadata, name: 'web' });
  plane.settle();
  expect(status()?.used).toEqual({ pods: '0', 'count/deployments.apps': '0' });
});

it('counts quotas, too, as others come and go', () => {
  plane = startTestControlPlane();
  const quota = (name: string, hard: Record<string, string>) =>
    plane.client.create({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name, namespace: 'default' },
      spec: { hard },
    });
  const used = () => plane.client.get('ResourceQuota', { namespace: 'default', name: 'few' })?.status?.used;
  quota('few', { resourcequotas: '3' });
  plane.settle();
  expect(used()).toEqual({ resourcequotas: '1' });
  quota('other', { pods: '1' });
  plane.settle();
  expect(used()).toEqual({ resourcequotas: '2' });
  plane.client.delete({ apiVersion: 'v1', kind: 'ResourceQuota', namespace: 'default', name: 'other' });
  plane.settle();
  expect(used()).toEqual({ resourcequotas: '1' });
  const { revision } = plane.client;
  plane.advance(600_000);
  expect(plane.client.revision).toBe(revision);
});

it('still shows what is used of a quota that was taken before it was judged, and that no longer would be', () => {
  const lenient = createTestRegistry({ rules: { ...builtInRules, validateObject: () => [] } });
  const metadata = { name: 'quota', namespace: 'default' };
  const hard = { pods: '3', 'requests.cpu': '-1', 'requests.memory': 'much', pds: '1' };
  lenient.client.create({ apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard } });
  plane = startTestControlPlane({ store: lenient.store });
  plane.settle();
  const status = () => plane.client.get('ResourceQuota', metadata)?.status;
  const { 'requests.memory': _unreadable, ...readable } = hard;
  expect(status()).toEqual({ hard: readable, used: { pods: '0', 'requests.cpu': '0', pds: '0' } });
});

it('does not count a pod that should have gone, so that another can take its place', () => {
  plane = startTestControlPlane();
  const metadata = { name: 'quota', namespace: 'default' };
  plane.client.create({ apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard: { pods: '1' } } });
  plane.client.create(testDeployment('web', { replicas: 1 }));
  plane.settle();
  // The node is lost: nobody ends the pod.
  plane.kubelet.stopMs = 36_000_000;
  const name = { namespace: 'default', name: plane.client.list('Pod')[0]?.metadata.name ?? '' };
  plane.client.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'box' } });
  plane.client.bind(name, 'box');
  plane.client.delete({ apiVersion: 'v1', kind: 'Pod', ...name });
  const used = () => plane.client.get('ResourceQuota', metadata)?.status?.used?.['pods'];
  plane.advance(59_000);
  expect([used(), plane.client.list('Pod').length]).toEqual(['1', 1]);
  plane.advance(1_000_000);
  expect([used(), plane.client.list('Pod').length]).toEqual(['1', 2]);
  const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };
  plane.client.patch(web, 'merge', { spec: { replicas: 0 } }, { subresource: 'scale' });
  plane.advance(1_000_000);
  expect([used(), plane.client.list('Pod').length]).toEqual(['0', 1]);
});

it('a namespace has its default account for as long as it lives', () => {
  plane = startTestControlPlane();
  plane.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  plane.settle();
  const account = { namespace: 'shop', name: 'default' };
  expect(plane.client.get('ServiceAccount', account)).toBeDefined();
  plane.client.delete({ apiVersion: 'v1', kind: 'ServiceAccount', ...account });
  plane.settle();
  expect(plane.client.get('ServiceAccount', account)).toBeDefined();
  plane.client.delete({ apiVersion: 'v1', kind: 'Namespace', name: 'shop' });
  plane.settle();
  expect(plane.client.get('Namespace', { name: 'shop' })).toBeUndefined();
});
