import { afterEach, describe, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane, testDeployment } from '../testing/control-plane.ts';

let plane: TestControlPlane;
afterEach(() => plane.stop());

function createService(annotations: Record<string, string> = {}): void {
  plane.client.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default', annotations },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
  });
}

function readyNames(): readonly (string | undefined)[] {
  return plane.client
    .list('EndpointSlice')
    .flatMap((slice) => slice.endpoints)
    .filter((endpoint) => endpoint.conditions?.ready)
    .map((endpoint) => endpoint.targetRef?.name)
    .sort();
}

describe('the EndpointSlice controller', () => {
  it('follows the readiness of pods', () => {
    plane = startTestControlPlane();
    createService();
    plane.client.create(testDeployment('web'));
    plane.settle();
    const names = plane.client.list('Pod').map(({ metadata }) => metadata.name);
    expect(readyNames()).toEqual(names);
    const [first] = plane.client.list('Pod');
    if (first === undefined) throw new Error('no pod');
    plane.kubelet.setReady(first, false);
    plane.settle();
    expect(readyNames()).toEqual(names.filter((name) => name !== first.metadata.name));
  });

  it('brings back what somebody else changed or deleted', () => {
    plane = startTestControlPlane();
    createService();
    plane.client.create(testDeployment('web'));
    plane.settle();
    const [slice] = plane.client.list('EndpointSlice');
    if (slice === undefined) throw new Error('no slice');
    plane.client.update({ ...slice, endpoints: [] });
    plane.settle();
    expect(readyNames()).toHaveLength(3);
    const reference = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', namespace: 'default' };
    plane.client.delete({ ...reference, name: slice.metadata.name });
    plane.settle();
    expect(readyNames()).toHaveLength(3);
  });

  it('makes a new slice when somebody takes one over', () => {
    plane = startTestControlPlane();
    createService();
    plane.client.create(testDeployment('web'));
    plane.settle();
    const [slice] = plane.client.list('EndpointSlice');
    if (slice === undefined) throw new Error('no slice');
    const labels = { ...slice.metadata.labels, 'endpointslice.kubernetes.io/managed-by': 'somebody' };
    plane.client.update({ ...slice, metadata: { ...slice.metadata, labels } });
    plane.settle();
    expect(plane.client.list('EndpointSlice')).toHaveLength(2);
  });

  it('shares endpoints out among zones as nodes come, change and go, and says so', () => {
    plane = startTestControlPlane();
    const ready = { allocatable: { cpu: '2' }, conditions: [{ type: 'Ready', status: 'True' }] };
    createService({ 'service.kubernetes.io/topology-mode': 'Auto' });
    const box = plane.client.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'box' } });
    plane.client.updateStatus({ ...box, status: ready });
    const spec = { nodeName: 'box', containers: [{ name: 'app', image: 'app:1' }] };
    const template = { metadata: { labels: { app: 'web' } }, spec };
    plane.client.create(testDeployment('web', { replicas: 4, template }));
    plane.settle();
    const hints = () =>
      plane.client
        .list('EndpointSlice')
        .flatMap((slice) => slice.endpoints.map((one) => one.hints?.forZones?.[0]?.name));
    const told = () => plane.client.list('Event').map(({ reason, message }) => `${reason}: ${message}`);
    const said = () => told().filter((text) => text.startsWith('TopologyAwareHints'));
    expect(hints()).toEqual([undefined, undefined, undefined, undefined]);
    expect(said()).toEqual([
      'TopologyAwareHintsDisabled: Insufficient Node information: allocatable CPU or zone not specified on one or more nodes, addressType: IPv4',
    ]);
    plane.client.patch({ apiVersion: 'v1', kind: 'Node', name: 'box' }, 'merge', {
      metadata: { labels: { 'topology.kubernetes.io/zone': 'a' } },
    });
    const labels = { 'topology.kubernetes.io/zone': 'b' };
    const other = plane.client.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'other', labels } });
    plane.client.updateStatus({ ...other, status: ready });
    plane.settle();
    expect(hints().sort()).toEqual(['a', 'a', 'b', 'b']);
    expect(said()).toContain('TopologyAwareHintsEnabled: Topology Aware Hints has been enabled, addressType: IPv4');
    plane.client.delete({ apiVersion: 'v1', kind: 'Node', name: 'other' });
    plane.settle();
    expect(hints()).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('loses its slices with the service', () => {
    plane = startTestControlPlane();
    createService();
    plane.settle();
    expect(plane.client.list('EndpointSlice')).toHaveLength(1);
    plane.client.delete({ apiVersion: 'v1', kind: 'Service', namespace: 'default', name: 'web' });
    plane.settle();
    expect(plane.client.list('EndpointSlice')).toEqual([]);
  });

  it('lets go of a pod whose labels no longer match', () => {
    plane = startTestControlPlane();
    createService();
    plane.client.create(testDeployment('web', { replicas: 1 }));
    plane.settle();
    const [pod] = plane.client.list('Pod');
    if (pod === undefined) throw new Error('no pod');
    plane.kubelet.isReady = () => false;
    plane.client.update({ ...pod, metadata: { ...pod.metadata, labels: { app: 'debug' } } });
    plane.settle();
    expect(readyNames()).toEqual([]);
    expect(plane.client.get('Pod', { namespace: 'default', name: pod.metadata.name })).toBeDefined();
  });
});
