import { afterEach, expect, it } from 'vitest';
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
