import { isPodReady, isPodTerminal, isPodTerminating, isSidecar } from '../../objects/index.ts';
import type { EndpointSlice, Pod, Service } from '../../objects/types.ts';

export type AddressType = 'IPv4' | 'IPv6';
export type Endpoint = EndpointSlice['endpoints'][number];
export type EndpointPort = NonNullable<EndpointSlice['ports']>[number];
type ServicePort = NonNullable<NonNullable<Service['spec']>['ports']>[number];

/** Address families that the service has slices for; a service that says nothing has IPv4. */
export function addressTypesOf(service: Service): readonly AddressType[] {
  const families = service.spec?.ipFamilies ?? [];
  if (families.length === 0) return ['IPv4'];
  return families.map((family) => (family === 'IPv6' ? 'IPv6' : 'IPv4'));
}

/** The pod's address in a family; `undefined` when it has none, or has ended and cannot serve any more. */
export function endpointAddress(pod: Pod, addressType: AddressType): string | undefined {
  if (isPodTerminal(pod)) return undefined;
  const addresses = pod.status?.podIPs?.map(({ ip }) => ip) ?? [pod.status?.podIP ?? ''];
  return addresses.find((ip) => ip !== '' && ip.includes(':') === (addressType === 'IPv6'));
}

/**
 * "serving is identical to ready except that it is set regardless of the terminating state of endpoints … ready should
 * never be true for terminating endpoints, except when the normal readiness behavior is being explicitly overridden,
 * for example when the associated Service has set the publishNotReadyAddresses flag" (discovery.k8s.io/v1,
 * EndpointConditions).
 */
export function endpointOf(service: Service, pod: Pod, address: string, zone: string | undefined): Endpoint {
  const serving = isPodReady(pod);
  const terminating = isPodTerminating(pod);
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating);
  const { name, uid, namespace = '' } = pod.metadata;
  const nodeName = pod.spec?.nodeName;
  const hostname = hostnameIn(service, pod);
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(zone === undefined ? {} : { zone }),
    ...(hostname === undefined ? {} : { hostname }),
  };
}

/** A pod has a name of its own below the service when its `subdomain` is the service's name. */
function hostnameIn(service: Service, pod: Pod): string | undefined {
  const { hostname, subdomain } = pod.spec ?? {};
  return hostname !== undefined && hostname !== '' && subdomain === service.metadata.name ? hostname : undefined;
}

/**
 * The ports under which this pod serves. A `targetPort` that is a name "will be looked up as a named port in the target
 * Pod's container ports" (core/v1, ServicePort), so that pods of one service can differ; a port whose name the pod does
 * not have is left out.
 */
export function endpointPortsOf(service: Service, pod: Pod): readonly EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const servicePort of service.spec?.ports ?? []) {
    const port = findPort(pod, servicePort);
    if (port === undefined) continue;
    const { name = '', protocol = 'TCP', appProtocol } = servicePort;
    ports.push({ name, port, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) });
  }
  return ports;
}

function findPort(pod: Pod, { targetPort, port, protocol = 'TCP' }: ServicePort): number | undefined {
  if (typeof targetPort !== 'string' || targetPort === '') return typeof targetPort === 'number' ? targetPort : port;
  const sidecars = (pod.spec?.initContainers ?? []).filter(isSidecar);
  for (const container of [...(pod.spec?.containers ?? []), ...sidecars]) {
    for (const candidate of container.ports ?? []) {
      if (candidate.name === targetPort && (candidate.protocol ?? 'TCP') === protocol) return candidate.containerPort;
    }
  }
  return undefined;
}
