import { compareText } from '../../lib/compare-text.ts';
import { canonicalJson, jsonEqual } from '../../lib/json.ts';
import { newOwnerReference } from '../../objects/index.ts';
import type { EndpointSlice, ObjectMeta, Pod, Service } from '../../objects/types.ts';
import {
  type AddressType,
  addressTypesOf,
  type Endpoint,
  type EndpointPort,
  endpointAddress,
  endpointOf,
  endpointPortsOf,
} from './endpoints-of-pods.ts';
import { type PackedSlice, packEndpoints } from './pack-endpoints.ts';

export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';
export const HEADLESS_LABEL = 'service.kubernetes.io/headless';
export const MANAGED_BY = 'endpointslice-controller.k8s.io';

/** "The EndpointSlice controller limits the endpoints of one slice to 100" (max-endpoints-per-slice). */
const ENDPOINTS_PER_SLICE = 100;

export interface ServiceSnapshot {
  readonly service: Service;
  /** Pods of the namespace that the service selects, in any state. */
  readonly pods: readonly Pod[];
  /** Slices of this service that this controller manages. */
  readonly slices: readonly EndpointSlice[];
  /** Zone by name of the node, for nodes that have one. */
  readonly zones: ReadonlyMap<string, string>;
}

/** A slice that is to be created. */
export type SliceDraft = Omit<EndpointSlice, 'metadata'> & { readonly metadata: ObjectMeta };

export type SliceAction =
  | { readonly type: 'createSlice'; readonly object: SliceDraft; readonly reason: 'NewEndpoints' }
  | { readonly type: 'updateSlice'; readonly slice: EndpointSlice; readonly reason: 'EndpointsChanged' }
  | { readonly type: 'deleteSlice'; readonly slice: EndpointSlice; readonly reason: 'NoEndpoints' };

/**
 * The EndpointSlices of a service. "Kubernetes automatically creates EndpointSlices for any Service that has a selector
 * specified" (EndpointSlices, kubernetes.io); those of one without a selector are somebody else's, and an ExternalName
 * has none.
 */
export function computeEndpointSlices(snapshot: ServiceSnapshot): readonly SliceAction[] {
  const { service, slices } = snapshot;
  if (!hasManagedSlices(service)) return [];
  const types = addressTypesOf(service);
  const live = slices.filter((slice) => slice.metadata.deletionTimestamp === undefined);
  const stale = live.filter((slice) => !types.some((type) => type === slice.addressType));
  return [
    ...types.flatMap((type) => actionsForFamily(snapshot, type, live)),
    ...stale.map((slice) => ({ type: 'deleteSlice', slice, reason: 'NoEndpoints' }) as const),
  ];
}

export function hasManagedSlices({ spec, metadata }: Service): boolean {
  const hasSelector = Object.keys(spec?.selector ?? {}).length > 0;
  return hasSelector && spec?.type !== 'ExternalName' && metadata.deletionTimestamp === undefined;
}

function actionsForFamily(
  snapshot: ServiceSnapshot,
  addressType: AddressType,
  live: readonly EndpointSlice[],
): readonly SliceAction[] {
  const { service } = snapshot;
  const existing = live.filter((slice) => slice.addressType === addressType);
  const groups = groupByPorts(snapshot, addressType);
  const labels = sliceLabels(service);
  const packed = packEndpoints(groups, existing, ENDPOINTS_PER_SLICE);
  return packed.map((entry) => actionFor(service, addressType, labels, entry)).filter((action) => action !== undefined);
}

/**
 * One group of endpoints per set of ports, which may be empty: a pod that has none of the named ports has an address all the same, so that a headless service's
 * name leads to it. A service without endpoints has one empty group, so that it has a slice to
 * watch.
 */
function groupByPorts(snapshot: ServiceSnapshot, addressType: AddressType): readonly PortGroup[] {
  const { service, zones } = snapshot;
  const groups = new Map<string, { ports: readonly EndpointPort[]; endpoints: Endpoint[] }>();
  const byName = [...snapshot.pods].sort((a, b) => compareText(a.metadata.name, b.metadata.name));
  for (const pod of byName) {
    const address = endpointAddress(pod, addressType);
    if (address === undefined) continue;
    const ports = endpointPortsOf(service, pod);
    const key = canonicalJson(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    group.endpoints.push(endpointOf(service, pod, address, zones.get(pod.spec?.nodeName ?? '')));
    groups.set(key, group);
  }
  if (groups.size === 0) return [{ ports: [], endpoints: [] }];
  return [...groups.values()];
}

interface PortGroup {
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

function isHeadless(service: Service): boolean {
  return service.spec?.clusterIP === 'None';
}

/** The service's own labels are passed on, except those that the controller sets itself. */
function sliceLabels(service: Service): Readonly<Record<string, string>> {
  const { [HEADLESS_LABEL]: _headless, ...labels } = service.metadata.labels ?? {};
  return {
    ...labels,
    ...(isHeadless(service) ? { [HEADLESS_LABEL]: '' } : {}),
    [SERVICE_NAME_LABEL]: service.metadata.name,
    [MANAGED_BY_LABEL]: MANAGED_BY,
  };
}

/** What has to be written to bring a slice to what was packed into it: nothing when it says the same already. */
function actionFor(
  service: Service,
  addressType: AddressType,
  labels: Readonly<Record<string, string>>,
  { slice, ports, endpoints }: PackedSlice,
): SliceAction | undefined {
  if (slice !== undefined && endpoints === undefined) return { type: 'deleteSlice', slice, reason: 'NoEndpoints' };
  const content = { ports: [...ports], endpoints: [...(endpoints ?? [])] };
  const ownerReferences = [{ ...newOwnerReference(service), controller: true, blockOwnerDeletion: true }];
  if (slice === undefined) {
    const { name, namespace = '' } = service.metadata;
    const metadata = { generateName: `${name}-`, namespace, labels: { ...labels }, ownerReferences };
    const type = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' } as const;
    const object: SliceDraft = { ...type, metadata, addressType, ...content };
    return { type: 'createSlice', object, reason: 'NewEndpoints' };
  }
  const isSame =
    jsonEqual(slice.ports ?? [], content.ports) &&
    jsonEqual(slice.endpoints ?? [], content.endpoints) &&
    jsonEqual(slice.metadata.labels, labels) &&
    jsonEqual(slice.metadata.ownerReferences, ownerReferences);
  if (isSame) return undefined;
  const metadata = { ...slice.metadata, labels: { ...labels }, ownerReferences };
  return { type: 'updateSlice', slice: { ...slice, ...content, metadata }, reason: 'EndpointsChanged' };
}
