import type { FieldPath, FieldProblem } from '../../objects/field-problem.ts';
import type { KubernetesObject, Service, StoredObject } from '../../objects/types.ts';
import type { WriteScope } from '../context.ts';
import { invalid } from '../failures.ts';
import { allocateClusterIp, allocateNodePort, claimClusterIp, claimNodePort } from './service-allocation.ts';
import type { Strategy } from './strategy.ts';

export type ServiceSpec = NonNullable<Service['spec']>;
export type ServicePort = NonNullable<ServiceSpec['ports']>[number];

export const serviceStrategy: Strategy = { prepareCreate, prepareUpdate };

function specOf(object: { readonly [field: string]: unknown }): ServiceSpec {
  return (object['spec'] ?? {}) as ServiceSpec;
}

function prepareCreate(scope: WriteScope, object: KubernetesObject): KubernetesObject {
  const spec = withNodePorts(scope, object, withClusterIp(scope, object, specOf(object)), undefined);
  return { ...object, spec, status: { loadBalancer: {} } };
}

/**
 * Addresses and ports that the registry chose stay while a service needs them, also when the writer leaves them out
 * ("patchAllocatedValues" of the service's strategy), and go when its type needs them no more
 * ("dropTypeDependentFields").
 */
function prepareUpdate(scope: WriteScope, object: KubernetesObject, previous: StoredObject): KubernetesObject {
  const old = specOf(previous);
  let spec = specOf(object);
  if (needsClusterIp(spec) && needsClusterIp(old)) {
    if (!spec.clusterIP) spec = withAddress(spec, old.clusterIP ?? '');
    else if (old.clusterIP && spec.clusterIP !== old.clusterIP) {
      fail(
        scope,
        object,
        'FieldImmutable',
        ['spec', 'clusterIPs', 0],
        `${quote(spec.clusterIP)}: may not change once set`,
      );
    }
  }
  if (!needsClusterIp(spec) && spec.clusterIP === old.clusterIP) spec = withoutAddress(spec);
  if (spec.ports !== undefined && !canHaveNodePorts(spec)) {
    spec = { ...spec, ports: spec.ports.map((port) => withoutStaleNodePort(port, old.ports ?? [])) };
  }
  spec = withClusterIp(scope, object, withoutFieldsOfType(spec, old));
  const { status } = object;
  // "Clear the load-balancer status if it is no longer appropriate."
  const isStale = status !== undefined && old.type === 'LoadBalancer' && !isBalanced(spec);
  return {
    ...object,
    ...(isStale ? { status: { ...(status as object), loadBalancer: {} } } : {}),
    spec: withNodePorts(scope, object, spec, old),
  };
}

/** What belongs to a type, and goes with it where the writer has left it as it was. */
const FIELDS_OF_TYPES: readonly (readonly [keyof ServiceSpec, isUsed: (spec: ServiceSpec) => boolean])[] = [
  ['allocateLoadBalancerNodePorts', isBalanced],
  ['loadBalancerClass', isBalanced],
  ['externalTrafficPolicy', isReachedFromOutside],
  ['healthCheckNodePort', (spec) => isBalanced(spec) && spec.externalTrafficPolicy === 'Local'],
];

function withoutFieldsOfType(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  const stale = FIELDS_OF_TYPES.filter(
    ([field, isUsed]) => spec[field] !== undefined && spec[field] === old[field] && isUsed(old) && !isUsed(spec),
  );
  if (stale.length === 0) return spec;
  const rest = { ...spec };
  for (const [field] of stale) delete rest[field];
  return rest;
}

/** "clusterIP is ignored if type is ExternalName" (core/v1 ServiceSpec). */
function needsClusterIp(spec: ServiceSpec): boolean {
  return spec.type !== 'ExternalName';
}

/**
 * "ExternallyAccessible checks if service is externally accessible": by its type, or by `externalIPs` (service
 * helpers).
 */
function isReachedFromOutside(spec: ServiceSpec): boolean {
  return canHaveNodePorts(spec) || (spec.type !== 'ExternalName' && (spec.externalIPs ?? []).length > 0);
}

function isBalanced({ type }: ServiceSpec): boolean {
  return type === 'LoadBalancer';
}

function canHaveNodePorts(spec: ServiceSpec): boolean {
  return spec.type === 'NodePort' || isBalanced(spec);
}

/**
 * "If allocateLoadBalancerNodePorts is set to false on an existing Service with allocated node ports, those node ports
 * will not be de-allocated automatically. You must explicitly remove the nodePorts entry in every Service port"
 * (Service, kubernetes.io).
 */
function needsNodePorts(spec: ServiceSpec): boolean {
  return canHaveNodePorts(spec) && !(isBalanced(spec) && spec.allocateLoadBalancerNodePorts === false);
}

function withClusterIp(scope: WriteScope, object: KubernetesObject, spec: ServiceSpec): ServiceSpec {
  if (!needsClusterIp(spec)) return spec;
  if (spec.clusterIP === 'None') return withAddress(spec, 'None');
  if (spec.clusterIP) {
    const problem = claimClusterIp(scope, object.metadata, spec.clusterIP);
    if (problem !== undefined) {
      fail(scope, object, 'FieldValueInvalid', ['spec', 'clusterIPs'], `["${spec.clusterIP}"]: ${problem}`);
    }
    return withAddress(spec, spec.clusterIP);
  }
  const address = allocateClusterIp(scope);
  if (address === undefined) {
    fail(scope, object, 'FieldValueInvalid', ['spec', 'clusterIPs'], `[]: failed to allocate IP: range is full`);
  }
  return withAddress(spec, address);
}

function withAddress(spec: ServiceSpec, address: string): ServiceSpec {
  if (spec.clusterIP === address && spec.clusterIPs?.[0] === address && spec.ipFamilies !== undefined) return spec;
  return {
    ...spec,
    clusterIP: address,
    clusterIPs: [address],
    ipFamilies: spec.ipFamilies ?? ['IPv4'],
    ipFamilyPolicy: spec.ipFamilyPolicy ?? 'SingleStack',
  };
}

function withoutAddress(spec: ServiceSpec): ServiceSpec {
  const { clusterIP: _ip, clusterIPs: _ips, ipFamilies: _families, ipFamilyPolicy: _policy, ...rest } = spec;
  return rest;
}

function withoutStaleNodePort(port: ServicePort, old: readonly ServicePort[]): ServicePort {
  if (port.nodePort === undefined || !old.some((before) => before.nodePort === port.nodePort)) return port;
  const { nodePort: _stale, ...rest } = port;
  return rest;
}

function withNodePorts(
  scope: WriteScope,
  object: KubernetesObject,
  spec: ServiceSpec,
  old: ServiceSpec | undefined,
): ServiceSpec {
  if (spec.ports === undefined) return spec;
  const taken = new Set<string>();
  const claim = (port: ServicePort, index: number): void => {
    const path = ['spec', 'ports', index, 'nodePort'];
    const key = `${port.nodePort}/${protocolOf(port)}`;
    const problem = taken.has(key)
      ? 'provided port is already allocated'
      : claimNodePort(scope, object.metadata, port.nodePort ?? 0, protocolOf(port));
    if (problem !== undefined) fail(scope, object, 'FieldValueInvalid', path, `${port.nodePort}: ${problem}`);
    taken.add(key);
  };
  const former = needsNodePorts(spec) ? (old?.ports ?? []) : [];
  const named = spec.ports.map((port) => port.nodePort);
  const kept = spec.ports.map((port) => withFormerNodePort(withoutZero(port), former, named));
  kept.forEach((port, index) => {
    if (port.nodePort) claim(port, index);
  });
  const ports = kept.map((port, index) => {
    if (port.nodePort || !needsNodePorts(spec)) return port;
    const nodePort = sharedNodePort(port, kept) ?? allocateNodePort(scope, protocolOf(port), taken);
    if (nodePort === undefined) {
      fail(
        scope,
        object,
        'FieldValueInvalid',
        ['spec', 'ports', index, 'nodePort'],
        '0: failed to allocate a nodePort: range is full',
      );
    }
    taken.add(`${nodePort}/${protocolOf(port)}`);
    return { ...port, nodePort };
  });
  return ports.every((port, index) => port === spec.ports?.[index]) ? spec : { ...spec, ports };
}

/** A node port of 0 is none: Kubernetes leaves it out of what it stores. */
function withoutZero(port: ServicePort): ServicePort {
  if (port.nodePort !== 0) return port;
  const { nodePort: _none, ...rest } = port;
  return rest;
}

/** "Map NodePorts by name. The user may have changed other properties of the port" (patchAllocatedValues). */
function withFormerNodePort(
  port: ServicePort,
  old: readonly ServicePort[],
  named: readonly (number | undefined)[],
): ServicePort {
  if (port.nodePort) return port;
  const before = old.find(({ name = '' }) => name === (port.name ?? ''))?.nodePort;
  return before && !named.includes(before) ? { ...port, nodePort: before } : port;
}

/** "The same node port may serve one port number over several protocols" (allocator of the service's REST storage). */
function sharedNodePort(port: ServicePort, all: readonly ServicePort[]): number | undefined {
  const twin = all.find(
    (other) => other.nodePort && other.port === port.port && protocolOf(other) !== protocolOf(port),
  );
  return twin?.nodePort;
}

export function protocolOf(port: ServicePort): string {
  return port.protocol ?? 'TCP';
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function fail(
  scope: WriteScope,
  object: KubernetesObject,
  code: FieldProblem['code'],
  path: FieldPath,
  message: string,
): never {
  throw invalid(scope.kind, object.metadata?.name ?? '', [{ code, severity: 'error', path, at: 'value', message }]);
}
