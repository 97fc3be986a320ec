import { compareText } from '../lib/compare-text.ts';
import type { EndpointSlice, Service } from '../objects/types.ts';
import { compareIpv4, parseIpv4 } from './ipv4.ts';

export type Protocol = 'tcp' | 'udp' | 'sctp';

/** Where a connection ends up. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What becomes of connections to one address, or port, of a service. */
export interface PortRule {
  /** `shop/web/tcp/80`, the same as long as the service has this port. */
  readonly id: string;
  readonly protocol: Protocol;
  /** The service's own address; left out for a rule that is only about the node's port. */
  readonly clusterIp?: string;
  readonly port: number;
  /** A port of every address of the node. */
  readonly nodePort?: number;
  /** Sorted, without repetitions. None at all: connections are refused. */
  readonly endpoints: readonly Endpoint[];
  /** How long a client comes back to the endpoint that it had. */
  readonly affinitySeconds?: number;
}

/** Everything that packets need to know of one service. */
export interface ServiceRules {
  /** `namespace/name`. */
  readonly key: string;
  readonly clusterIp: string;
  readonly ports: readonly PortRule[];
}

export interface ServiceSnapshot {
  readonly service: Service;
  /** The service's own slices, of any family. */
  readonly slices: readonly EndpointSlice[];
  /** Name of this node. */
  readonly nodeName: string;
  /** Zone of this node, where it has one. */
  readonly zone?: string | undefined;
}

type ServicePort = NonNullable<NonNullable<Service['spec']>['ports']>[number];
type SliceEndpoint = EndpointSlice['endpoints'][number];

/** "the clientIP type session sticky time … Default value is 10800(for 3 hours)" (core/v1, ClientIPConfig). */
const DEFAULT_AFFINITY_SECONDS = 10_800;

/** A service that carries it is another proxy's (kubernetes.io, "Well-Known Labels"). */
const OTHER_PROXY_LABEL = 'service.kubernetes.io/service-proxy-name';

/**
 * The rules of one service; `undefined` for one without an address of its own: headless ("a cluster IP is not
 * allocated, kube-proxy does not handle these Services"), an ExternalName, or one that another proxy serves.
 */
export function computeServiceRules(snapshot: ServiceSnapshot): ServiceRules | undefined {
  const { metadata, spec } = snapshot.service;
  const clusterIp = spec?.clusterIP ?? '';
  if (spec === undefined || spec.type === 'ExternalName' || parseIpv4(clusterIp) === undefined) return undefined;
  if (metadata.labels?.[OTHER_PROXY_LABEL] !== undefined) return undefined;
  const key = `${metadata.namespace}/${metadata.name}`;
  const ports = (spec.ports ?? []).flatMap((port) => portRules({ ...snapshot, key, clusterIp, port }));
  return { key, clusterIp, ports: ports.sort((a, b) => compareText(a.id, b.id)) };
}

interface PortSnapshot extends ServiceSnapshot {
  readonly key: string;
  readonly clusterIp: string;
  readonly port: ServicePort;
}

/**
 * "internalTrafficPolicy describes how nodes distribute service traffic they receive on the ClusterIP. If set to
 * "Local", the proxy will … only use the pods on the same node"; "externalTrafficPolicy describes how nodes distribute
 * service traffic they receive on one of the Service's "externally-facing" addresses (NodePorts, …)" in the same way
 * (core/v1, ServiceSpec). Where the two come to different endpoints, the node's port gets a rule of its own.
 */
function portRules(snapshot: PortSnapshot): readonly PortRule[] {
  const { service, key, clusterIp, port, slices } = snapshot;
  const { spec } = service;
  const protocol = protocolOf(port.protocol);
  const nodePort = spec?.type === 'NodePort' || spec?.type === 'LoadBalancer' ? port.nodePort : undefined;
  const candidates = candidatesOf(slices, port.name ?? '', port.protocol ?? 'TCP');
  const internal = selectEndpoints(candidates, spec?.internalTrafficPolicy, snapshot);
  const base = { protocol, port: port.port, ...affinityOf(service) };
  const id = `${key}/${protocol}/${port.port}`;
  if (nodePort === undefined) return [{ ...base, id, clusterIp, endpoints: internal }];
  const external = selectEndpoints(candidates, spec?.externalTrafficPolicy, snapshot);
  if (isSame(internal, external)) return [{ ...base, id, clusterIp, nodePort, endpoints: internal }];
  return [
    { ...base, id, clusterIp, endpoints: internal },
    { ...base, id: `${id}/node`, nodePort, endpoints: external },
  ];
}

function protocolOf(protocol: string | undefined): Protocol {
  return protocol === 'UDP' ? 'udp' : protocol === 'SCTP' ? 'sctp' : 'tcp';
}

function affinityOf({ spec }: Service): { readonly affinitySeconds?: number } {
  if (spec?.sessionAffinity !== 'ClientIP') return {};
  return { affinitySeconds: spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_SECONDS };
}

interface Candidate extends Endpoint {
  readonly conditions: SliceEndpoint['conditions'];
  readonly nodeName: string | undefined;
  readonly hints: SliceEndpoint['hints'];
}

/**
 * Slices name their ports as the service does. Of an endpoint's addresses the first counts: they "are all assumed to be
 * fungible".
 */
function candidatesOf(slices: readonly EndpointSlice[], portName: string, protocol: string): readonly Candidate[] {
  return slices
    .filter(({ addressType }) => addressType === 'IPv4')
    .flatMap((slice) => {
      const port = slice.ports?.find(
        (one) => (one.name ?? '') === portName && (one.protocol ?? 'TCP') === protocol,
      )?.port;
      if (port === undefined) return [];
      return (slice.endpoints ?? []).flatMap(({ addresses, conditions, nodeName, hints }) => {
        const address = addresses[0] ?? '';
        return parseIpv4(address) === undefined ? [] : [{ address, port, conditions, nodeName, hints }];
      });
    });
}

/**
 * "ready … A nil value should be interpreted as "true"", "serving … If nil, consumers should defer to the ready
 * condition" (discovery.k8s.io/v1, EndpointConditions). "When all endpoints are terminating, kube-proxy will forward
 * traffic to terminating endpoints that are still serving" (Kubernetes 1.26, "Advancements in Kubernetes Traffic
 * Engineering"): so that the last pod of a service may finish what comes in meanwhile.
 */
function selectEndpoints(
  candidates: readonly Candidate[],
  policy: string | undefined,
  here: Pick<ServiceSnapshot, 'nodeName' | 'zone'>,
): readonly Endpoint[] {
  const isLocal = policy === 'Local';
  const eligible = isLocal ? candidates.filter(({ nodeName }) => nodeName === here.nodeName) : candidates;
  const ready = eligible.filter(({ conditions }) => conditions?.ready !== false);
  if (ready.length > 0) return distinct(isLocal ? ready : nearest(ready, here));
  return distinct(eligible.filter(({ conditions }) => conditions?.serving === true && conditions.terminating === true));
}

/**
 * Those that hints give to this node, or else to its zone: "if every ready endpoint has a node hint, and at least one
 * endpoint is hinted for this node"; "otherwise, if every ready endpoint has a zone hint, and at least one endpoint is
 * hinted for this node's zone"; otherwise all of them (pkg/proxy, topologyModeFromHints). A policy of Local knows no
 * hints.
 */
function nearest(ready: readonly Candidate[], { nodeName, zone }: Pick<ServiceSnapshot, 'nodeName' | 'zone'>) {
  const hinted = [
    ready.map(({ hints }) => ({ names: hints?.forNodes, here: nodeName })),
    ready.map(({ hints }) => ({ names: hints?.forZones, here: zone ?? '' })),
  ];
  for (const hints of hinted) {
    if (hints.some(({ names }) => (names ?? []).length === 0)) continue;
    const isHere = hints.map(({ names, here }) => names?.some(({ name }) => name === here) === true);
    if (isHere.includes(true)) return ready.filter((_one, index) => isHere[index]);
  }
  return ready;
}

function distinct(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const byText = new Map(endpoints.map(({ address, port }) => [`${address}:${port}`, { address, port }]));
  return [...byText.values()].sort((a, b) => compareIpv4(a.address, b.address) || a.port - b.port);
}

function isSame(a: readonly Endpoint[], b: readonly Endpoint[]): boolean {
  return a.length === b.length && a.every((one, i) => one.address === b[i]?.address && one.port === b[i]?.port);
}
