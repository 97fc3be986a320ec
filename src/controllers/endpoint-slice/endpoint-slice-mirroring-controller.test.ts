import { afterEach, expect, test } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/control-plane.ts';

let plane: TestControlPlane;
afterEach(() => plane.stop());

const META = { name: 'db', namespace: 'default' };
const SERVICE = { apiVersion: 'v1', kind: 'Service', metadata: META, spec: { ports: [{ port: 80 }] } };
const ENDPOINTS = {
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: META,
  subsets: [{ addresses: [{ ip: '10.9.0.1' }] }],
};
const reference = ({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }) => ({
  apiVersion,
  kind,
  ...META,
});

function addresses(): readonly string[] {
  return plane.client
    .list('EndpointSlice')
    .flatMap(({ endpoints }) => endpoints)
    .flatMap((endpoint) => endpoint.addresses);
}

test('copies come and go with the endpoints, their service and its selector', () => {
  plane = startTestControlPlane();
  plane.client.create(ENDPOINTS);
  plane.settle();
  expect(addresses()).toEqual([]);
  plane.client.create(SERVICE);
  plane.settle();
  expect(addresses()).toEqual(['10.9.0.1']);
  plane.client.patch(reference(ENDPOINTS), 'merge', { subsets: [{ addresses: [{ ip: '10.9.0.2' }] }] });
  plane.settle();
  expect(addresses()).toEqual(['10.9.0.2']);
  plane.client.patch(reference(SERVICE), 'merge', { spec: { selector: { app: 'db' } } });
  plane.settle();
  expect(addresses()).toEqual([]);
  plane.client.patch(reference(SERVICE), 'merge', { spec: { selector: null } });
  plane.settle();
  expect(addresses()).toEqual(['10.9.0.2']);
  plane.client.delete(reference(ENDPOINTS));
  plane.settle();
  expect(addresses()).toEqual([]);
});

test('a copy that somebody changed or deleted is put right', () => {
  plane = startTestControlPlane();
  plane.client.create(SERVICE);
  plane.client.create(ENDPOINTS);
  plane.settle();
  const [slice] = plane.client.list('EndpointSlice');
  if (slice === undefined) throw new Error('no slice');
  plane.client.update({ ...slice, endpoints: [] });
  plane.settle();
  expect(addresses()).toEqual(['10.9.0.1']);
  const { name } = slice.metadata;
  plane.client.delete({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', namespace: 'default', name });
  plane.settle();
  expect(addresses()).toEqual(['10.9.0.1']);
});

test('who writes too many addresses is told', () => {
  plane = startTestControlPlane();
  plane.client.create(SERVICE);
  const many = [...Array(1_001).keys()].map((index) => ({ ip: `10.9.${index >> 8}.${index & 255}` }));
  plane.client.create({ ...ENDPOINTS, subsets: [{ addresses: many }] });
  plane.settle();
  expect(addresses()).toHaveLength(1_000);
  const messages = plane.client.list('Event').map(({ reason, message }) => `${reason}: ${message}`);
  expect(messages).toContain(
    'TooManyAddressesToMirror: A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset. 1 addresses were skipped',
  );
});
