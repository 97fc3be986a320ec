import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../lib/json.ts';
import type { StoredObject } from '../../objects/types.ts';
import { builtInRules } from '../object-rules.ts';
import { createTestRegistry, referenceTo, refusal, service, specOf, withSpec } from '../testing.ts';

describe('services', () => {
  it('get an address of their own, which stays', () => {
    const { client } = createTestRegistry({ serviceCidr: '10.1.0.0/29' });
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const addresses = names.map((name) => specOf(client.create(service(name, {})))['clusterIP']);
    expect(new Set(addresses).size).toBe(6);
    for (const address of addresses) expect(address).toMatch(/^10\.1\.0\.[1-6]$/);
    expect(refusal(() => client.create(service('g', {}))).message).toContain('range is full');
    client.delete(referenceTo(service('c', {})));
    expect(specOf(client.create(service('g', {})))['clusterIP']).toBe(addresses[2]);
    expect(specOf(client.update(service('a', { selector: { app: 'x' } })))['clusterIP']).toBe(addresses[0]);
  });

  it.each([
    ['None', 'None', undefined],
    ['an address of the range', '10.96.0.10', undefined],
    ['an address outside', '10.97.0.1', 'is not in the valid range'],
    ['a taken address', '10.96.0.9', 'provided IP is already allocated'],
  ])('take %s as it is asked for', (_what, clusterIP, problem) => {
    const { client } = createTestRegistry();
    client.create(service('first', { clusterIP: '10.96.0.9' }));
    if (problem !== undefined)
      return expect(refusal(() => client.create(service('a', { clusterIP }))).message).toContain(problem);
    expect(specOf(client.create(service('a', { clusterIP })))).toMatchObject({ clusterIP, clusterIPs: [clusterIP] });
  });

  it.each(['ClusterIP', 'LoadBalancer'])('of type %s have no node port where 0 is asked for', (type) => {
    const { client } = createTestRegistry();
    const spec = { type, ports: [{ port: 80, nodePort: 0 }] };
    const isBalanced = type === 'LoadBalancer' ? { allocateLoadBalancerNodePorts: false } : {};
    const [port] = specOf(client.create(service('a', { ...spec, ...isBalanced })))['ports'] as object[];
    expect(port).toMatchObject({ port: 80 });
    expect(port).not.toHaveProperty('nodePort');
  });

  it('get node ports when their type needs them, and lose them with it', () => {
    const { client } = createTestRegistry();
    const ports = (object: StoredObject) => specOf(object)['ports'] as { nodePort?: number }[];
    const created = client.create(service('a', { type: 'NodePort' }));
    const port = ports(created)[0]?.nodePort ?? 0;
    expect(port).toBeGreaterThanOrEqual(30000);
    expect(port).toBeLessThanOrEqual(32767);
    const error = refusal(() =>
      client.create(service('b', { type: 'NodePort', ports: [{ port: 80, nodePort: port }] })),
    );
    expect(error.message).toContain('provided port is already allocated');
    expect(
      refusal(() => client.create(service('b', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }))).message,
    ).toContain('not in the valid range');
    const kept = client.update(service('a', { type: 'NodePort', selector: { a: 'b' } }));
    expect(ports(kept)[0]?.nodePort).toBe(port);
    const plain = client.update(withSpec(kept, { type: 'ClusterIP' }));
    expect(ports(plain)[0]?.nodePort).toBeUndefined();
    expect(
      ports(client.create(service('b', { type: 'NodePort', ports: [{ port: 80, nodePort: port }] })))[0]?.nodePort,
    ).toBe(port);
  });

  // patchAllocatedValues, and TestDropTypeDependentFields of pkg/registry/core/service.
  const HTTP = { name: 'http', port: 80 };
  const BALANCED = { type: 'LoadBalancer', ports: [{ ...HTTP, nodePort: 30080 }] };
  const LOCAL = { externalTrafficPolicy: 'Local', healthCheckNodePort: 32000 };
  it.each<[what: string, before: object, patch: object, after: object]>([
    ['keep a node port by its name', { type: 'NodePort' }, { ports: [{ ...HTTP, port: 81 }] }, { nodePorts: [30080] }],
    [
      'keep it also where another port has its number',
      { type: 'NodePort' },
      {
        ports: [
          { name: 'new', port: 80, nodePort: 30081 },
          { ...HTTP, port: 81 },
        ],
      },
      { nodePorts: [30081, 30080] },
    ],
    [
      'do not keep what another port has by now',
      { type: 'NodePort' },
      { ports: [{ name: 'new', port: 81, nodePort: 30080 }, HTTP] },
      { nodePorts: [30080, 'another'] },
    ],
    [
      'give another name another node port',
      { type: 'NodePort' },
      { ports: [{ ...HTTP, name: 'x' }] },
      { nodePorts: ['another'] },
    ],
    ["don't clear nodePorts for type=LoadBalancer", {}, { type: 'NodePort' }, { nodePorts: [30080] }],
    ['clear nodePorts', {}, { type: 'ClusterIP' }, { nodePorts: [undefined] }],
    [
      'clear nodePorts when adding a port',
      {},
      {
        type: 'ClusterIP',
        ports: [
          { ...HTTP, nodePort: 30080 },
          { name: 'new', port: 81 },
        ],
      },
      { nodePorts: [undefined, undefined] },
    ],
    [
      'clear nodePorts when changing a port',
      {},
      { type: 'ClusterIP', ports: [{ ...HTTP, port: 180, protocol: 'UDP', nodePort: 30080 }] },
      { nodePorts: [undefined] },
    ],
    [
      'do not take back node ports that are there',
      {},
      { allocateLoadBalancerNodePorts: false },
      { nodePorts: [30080], allocateLoadBalancerNodePorts: false },
    ],
    [
      'take back node ports that are left out',
      {},
      { allocateLoadBalancerNodePorts: false, ports: [HTTP] },
      { nodePorts: [undefined] },
    ],
    [
      "don't clear healthCheckNodePort for type=LoadBalancer",
      LOCAL,
      { selector: { a: 'b' } },
      { healthCheckNodePort: 32000 },
    ],
    [
      'clear healthCheckNodePort',
      LOCAL,
      { type: 'ClusterIP' },
      { healthCheckNodePort: undefined, externalTrafficPolicy: undefined },
    ],
    [
      'clear healthCheckNodePort of type=NodePort',
      LOCAL,
      { type: 'NodePort' },
      { healthCheckNodePort: undefined, externalTrafficPolicy: 'Local' },
    ],
    [
      'clear allocatedLoadBalancerNodePorts true -> true',
      { allocateLoadBalancerNodePorts: true },
      { type: 'NodePort' },
      { allocateLoadBalancerNodePorts: undefined },
    ],
    [
      'clear allocatedLoadBalancerNodePorts false -> false',
      { allocateLoadBalancerNodePorts: false },
      { type: 'NodePort' },
      { allocateLoadBalancerNodePorts: undefined },
    ],
    ['clear externalTrafficPolicy', {}, { type: 'ClusterIP' }, { externalTrafficPolicy: undefined }],
    [
      'clear loadBalancerClass when set Service type LoadBalancer -> non LoadBalancer',
      { loadBalancerClass: 'a.example/b' },
      { type: 'ClusterIP' },
      { loadBalancerClass: undefined },
    ],
  ])('%s', (_what, before, patch, after) => {
    const { client } = createTestRegistry({ rules: builtInRules });
    client.create(service('a', { ...BALANCED, ...before }));
    client.patch(referenceTo(service('a', {})), 'merge', { spec: patch as JsonObject });
    const spec = client.get('Service', { namespace: 'default', name: 'a' })?.spec;
    const nodePorts = spec?.ports?.map(({ nodePort }) =>
      nodePort === undefined || [30080, 30081].includes(nodePort) ? nodePort : 'another',
    );
    const shown: Record<string, unknown> = { ...spec, nodePorts };
    expect(Object.fromEntries(Object.keys(after).map((field) => [field, shown[field]]))).toEqual(after);
  });

  it('show no address of a balancer once they are of another type', () => {
    const { client } = createTestRegistry({ rules: builtInRules });
    const created = client.create(service('a', BALANCED));
    const loadBalancer = { ingress: [{ ip: '192.0.2.1' }] };
    client.updateStatus({ ...created, status: { loadBalancer } });
    const status = () => client.get('Service', { namespace: 'default', name: 'a' })?.status;
    client.patch(referenceTo(created), 'merge', { spec: { selector: { a: 'b' } } });
    expect(status()).toMatchObject({ loadBalancer });
    client.patch(referenceTo(created), 'merge', { spec: { type: 'ClusterIP' } });
    expect(status()).toEqual({ loadBalancer: {} });
  });

  it('do not change their address', () => {
    // ExternalName is refused for now; the strategy is ready for when it is not.
    const { client } = createTestRegistry({ rules: { ...builtInRules, validateObject: () => [] } });
    const created = client.create(service('a', {}));
    expect(refusal(() => client.update(withSpec(created, { clusterIP: '10.96.0.200' }))).reason).toBe('Invalid');
    const external = client.update(withSpec(created, { type: 'ExternalName', externalName: 'x.example' }));
    expect(specOf(external)['clusterIP']).toBeUndefined();
    expect(specOf(client.update(withSpec(external, { type: 'ClusterIP' })))['clusterIP']).toMatch(/^10\.96\./);
  });
});
