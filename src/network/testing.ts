import fc from 'fast-check';
import type { VirtualClock } from '../lib/virtual-clock.ts';
import type { EndpointSlice, KubernetesObject, Service } from '../objects/types.ts';
import type { PortRule, ServiceRules } from './compute-rules.ts';
import type { PacketNetwork, RuleModel } from './table-content.ts';

const META = { uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };

export const TEST_NETWORK: PacketNetwork = { bridge: 'berth-test', podCidr: '10.88.0.0/16', bridgeFiltered: true };

export function storedService(spec: NonNullable<Service['spec']>, labels: Record<string, string> = {}): Service {
  return { apiVersion: 'v1', kind: 'Service', metadata: { ...META, name: 'web', namespace: 'shop', labels }, spec };
}

type SliceEndpoint = EndpointSlice['endpoints'][number];

export function storedSlice(
  endpoints: readonly SliceEndpoint[],
  ports: NonNullable<EndpointSlice['ports']> = [{ name: '', port: 8080, protocol: 'TCP' }],
  addressType: EndpointSlice['addressType'] = 'IPv4',
): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...META, name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType,
    ports,
    endpoints: [...endpoints],
  };
}

/** A slice of a service as somebody writes it, for a registry. */
export function sliceObject(
  service: string,
  endpoints: readonly SliceEndpoint[],
  ports: NonNullable<EndpointSlice['ports']> = [{ name: '', port: 8080, protocol: 'TCP' }],
): KubernetesObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${service}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    ports,
    endpoints,
  };
}

export function modelOf(services: readonly ServiceRules[], network = TEST_NETWORK): RuleModel {
  return { network, services: new Map(services.map((service) => [service.key, service])) };
}

/** Services that share endpoints, with names, addresses and ports from small sets, so that they often meet. */
export function arbitraryModel(): fc.Arbitrary<RuleModel> {
  const endpoint = fc.record({
    address: fc.constantFrom('10.88.0.2', '10.88.0.3', '10.88.0.4', '192.0.2.80'),
    port: fc.constantFrom(80, 8080),
  });
  const endpoints = fc.uniqueArray(endpoint, { maxLength: 4, selector: ({ address, port }) => `${address}:${port}` });
  const port = fc.record({
    protocol: fc.constantFrom('tcp', 'udp', 'sctp'),
    port: fc.constantFrom(53, 80),
    hasNodePort: fc.boolean(),
    endpoints,
    affinitySeconds: fc.constantFrom(undefined, undefined, 60, 10_800),
  });
  const service = fc.uniqueArray(port, { maxLength: 3, selector: ({ protocol, port }) => `${protocol}/${port}` });
  const names = ['a', 'b', 'c', 'a-service-with-a-name-that-is-as-long-as-a-name-can-be-in-a-label0'];
  return fc.tuple(...names.map(() => fc.option(service, { nil: undefined }))).map((parts) =>
    modelOf(
      parts.flatMap((ports, index) => {
        if (ports === undefined) return [];
        const key = `${names[3]}/${names[index]}`;
        const clusterIp = `10.96.0.${index + 1}`;
        const rules = ports.map(
          ({ hasNodePort, affinitySeconds, ...rest }, place): PortRule => ({
            ...rest,
            id: `${key}/${rest.protocol}/${rest.port}`,
            clusterIp,
            ...(hasNodePort ? { nodePort: 30_000 + index * 10 + place } : {}),
            ...(affinitySeconds === undefined ? {} : { affinitySeconds }),
          }),
        );
        return [{ key, clusterIp, ports: rules }];
      }),
    ),
  );
}

/** Services of one port each, as many and as large as asked for: for measurements. */
export function manyServices(count: number, endpointsEach: number): readonly ServiceRules[] {
  return Array.from({ length: count }, (_, index) => {
    const key = `shop/service-${index}`;
    const clusterIp = `10.96.${index >> 8}.${index & 255}`;
    const endpoints = Array.from({ length: endpointsEach }, (_unused, number) => {
      const address = index * endpointsEach + number + 2;
      return { address: `10.88.${address >> 8}.${address & 255}`, port: 8080 };
    });
    return { key, clusterIp, ports: [{ id: `${key}/tcp/80`, protocol: 'tcp', clusterIp, port: 80, endpoints }] };
  });
}

/** Lets virtual time pass, with everything that happens in it. */
export async function pass(clock: VirtualClock, durationMs: number): Promise<void> {
  const endMs = clock.monotonicMs() + durationMs;
  for (;;) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    const dueMs = clock.nextDueMs();
    if (dueMs === undefined || dueMs > endMs) break;
    clock.fireNext();
  }
  clock.moveTo(endMs);
}
