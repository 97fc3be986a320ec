import { afterEach, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/control-plane.ts';

let plane: TestControlPlane;
afterEach(() => plane.stop());

/** After the tables of pvc_protection_controller_test and pv_protection_controller_test. */
it.each([
  ['PersistentVolumeClaim', 'kubernetes.io/pvc-protection'],
  ['PersistentVolume', 'kubernetes.io/pv-protection'],
])('a %s whose protection was taken off by hand gets it again, and goes when it is deleted', (kind, finalizer) => {
  plane = startTestControlPlane();
  const isClaim = kind === 'PersistentVolumeClaim';
  const metadata = { name: 'data', ...(isClaim ? { namespace: 'default' } : {}) };
  const sizes = isClaim
    ? { resources: { requests: { storage: '1Gi' } } }
    : { capacity: { storage: '1Gi' }, hostPath: { path: '/srv' } };
  plane.client.create({ apiVersion: 'v1', kind, metadata, spec: { accessModes: ['ReadWriteOnce'], ...sizes } });
  const reference = { apiVersion: 'v1', kind, ...metadata };
  const finalizers = () => plane.client.getObject(reference)?.metadata.finalizers;
  plane.settle();
  plane.client.patch(reference, 'merge', { metadata: { finalizers: ['own/held'] } });
  expect(finalizers()).toEqual(['own/held']);
  plane.settle();
  expect(finalizers()).toEqual(['own/held', finalizer]);
  // A repeated event of the binder is written at most each ten seconds.
  plane.advance(60_000);
  const { revision } = plane.client;
  plane.advance(60_000);
  expect(plane.client.revision).toBe(revision);
  plane.client.delete(reference);
  plane.settle();
  expect(finalizers()).toEqual(['own/held']);
});
