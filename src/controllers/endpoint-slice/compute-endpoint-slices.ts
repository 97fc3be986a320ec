import { parseTime } from '../../lib/clock.ts';
import { compareText } from '../../lib/compare-text.ts';
import { jsonEqual } from '../../lib/json.ts';
import { findCondition, newOwnerReference } from '../../objects/index.ts';
import type { EndpointSlice, Pod, Service } from '../../objects/types.ts';
import { computeHints, type HintReport } from './compute-hints.ts';
import {
  type AddressType,
  addressTypesOf,
  type Endpoint,
  type EndpointPort,
  endpointAddress,
  endpointOf,
  endpointPortsOf,
} from './endpoints-of-pods.ts';
import {
  hasSelector,
  MANAGED_BY_LABEL,
  SERVICE_NAME_LABEL,
  type SliceDraft,
  type SliceWrite,
} from './managed-slices.ts';
import { identityOf, type PackedSlice, type PortGroup, packEndpoints, portsKey } from './pack-endpoints.ts';

export const HEADLESS_LABEL = 'service.kubernetes.io/headless';
export const MANAGED_BY = 'endpointslice-controller.k8s.io';

/** "The EndpointSlice controller limits the endpoints of one slice to 100" (max-endpoints-per-slice). */
const ENDPOINTS_PER_SLICE = 100;

/**
 * When what led to a change of the slice happened, for who measures how long it takes to arrive (core/v1,
 * EndpointsLastChangeTriggerTime).
 */
const TRIGGER_TIME_ANNOTATION = 'endpoints.kubernetes.io/last-change-trigger-time';

export interface ServiceSnapshot {
  readonly service: Service;
  /** Pods of the namespace that the service selects, in any state. */
  readonly pods: readonly Pod[];
  /** Slices of this service that this controller manages. */
  readonly slices: readonly EndpointSlice[];
  /** Zone by name of the node, for nodes that have one. */
  readonly zones: ReadonlyMap<string, string>;
  /** See `HintSnapshot`; only read for a service that shares its endpoints out among the zones. */
  readonly zoneShares?: ReadonlyMap<string, number> | undefined;
  readonly wasHinted?: boolean | undefined;
}

export type SliceAction = SliceWrite | ({ readonly type: 'reportHints' } & HintReport);

/**
 * The EndpointSlices of a service. "Kubernetes automatically creates EndpointSlices for any Service that has a selector
 * specified" (EndpointSlices, kubernetes.io); those of one without a selector are somebody else's, and an ExternalName
 * has none. A slice of an earlier service of the same name is on its way out and is not used again.
 */
export function computeEndpointSlices(snapshot: ServiceSnapshot): readonly SliceAction[] {
  const { service, slices } = snapshot;
  if (!hasManagedSlices(service)) return [];
  const types = addressTypesOf(service);
  const live = slices.filter((slice) => slice.metadata.deletionTimestamp === undefined);
  const isOwn = (slice: EndpointSlice) =>
    types.some((type) => type === slice.addressType) &&
    (slice.metadata.ownerReferences ?? []).some(({ uid }) => uid === service.metadata.uid);
  return [
    ...types.flatMap((type) => actionsForFamily(snapshot, type, live.filter(isOwn))),
    ...live
      .filter((slice) => !isOwn(slice))
      .map((slice) => ({ type: 'deleteSlice', slice, reason: 'NoEndpoints' }) as const),
  ];
}

export function hasManagedSlices(service: Service): boolean {
  return hasSelector(service) && service.spec?.type !== 'ExternalName';
}

function actionsForFamily(
  snapshot: ServiceSnapshot,
  addressType: AddressType,
  live: readonly EndpointSlice[],
): readonly SliceAction[] {
  const { service, zoneShares, wasHinted = false } = snapshot;
  const existing = live.filter((slice) => slice.addressType === addressType);
  const labels = sliceLabels(service);
  const packed = packEndpoints(groupByPorts(snapshot, addressType), existing, {
    endpointsPerSlice: ENDPOINTS_PER_SLICE,
    isStale: ({ metadata }) => !jsonEqual(metadata.labels, labels),
  });
  const hinted = computeHints({ service, addressType, packed, zoneShares, wasHinted });
  const written = hinted.packed.filter((entry) => isToWrite(entry, labels));
  const target: SliceTarget = { service, addressType, labels, triggerTime: triggerTime(snapshot, existing, written) };
  const actions = written.map((entry) => actionFor(target, entry)).filter((action) => action !== undefined);
  return hinted.report === undefined ? actions : [...actions, { type: 'reportHints', ...hinted.report }];
}

/**
 * One group of endpoints per set of ports, which may be empty: a pod that has none of the named ports has an address
 * all the same, so that a headless service's name leads to it. A service without endpoints has one empty group, so that
 * it has a slice to watch.
 */
function groupByPorts(snapshot: ServiceSnapshot, addressType: AddressType): readonly PortGroup[] {
  const { service, zones } = snapshot;
  const groups = new Map<string, { ports: readonly EndpointPort[]; endpoints: Endpoint[] }>();
  const byName = [...snapshot.pods].sort((a, b) => compareText(a.metadata.name, b.metadata.name));
  for (const pod of byName) {
    const address = endpointAddress(pod, addressType);
    if (address === undefined) continue;
    const ports = endpointPortsOf(service, pod);
    const key = portsKey(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    group.endpoints.push(endpointOf(service, pod, address, zones.get(pod.spec?.nodeName ?? '')));
    groups.set(key, group);
  }
  if (groups.size === 0) return [{ ports: [], endpoints: [] }];
  return [...groups.values()];
}

/** "Headless" is here each service without an address of its own (endpointslice, isServiceIPSet). */
function isHeadless({ spec }: Service): boolean {
  return spec?.clusterIP === 'None' || (spec?.clusterIP ?? '') === '';
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

/** Whether a slice says something else than what was packed into it. */
function isToWrite({ slice, ports, endpoints }: PackedSlice, labels: Readonly<Record<string, string>>): boolean {
  if (slice === undefined || endpoints === undefined) return true;
  return !(
    jsonEqual(slice.ports ?? [], ports) &&
    jsonEqual(slice.endpoints ?? [], endpoints) &&
    jsonEqual(slice.metadata.labels, labels)
  );
}

/**
 * The earliest of what has changed since the slices were written last: the creation of a service without slices, and a
 * pod's change from or to being ready (endpointslice/util, TriggerTimeTracker). Nothing for other changes.
 */
function triggerTime(
  { service, pods }: ServiceSnapshot,
  existing: readonly EndpointSlice[],
  written: readonly PackedSlice[],
): string | undefined {
  if (written.length === 0) return undefined;
  if (existing.length === 0) return service.metadata.creationTimestamp;
  const before = new Map(
    existing.flatMap(({ endpoints }) => endpoints.map((one) => [identityOf(one), one.conditions?.serving] as const)),
  );
  const changed = written
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter((endpoint) => before.get(identityOf(endpoint)) !== endpoint.conditions?.serving)
    .map(({ targetRef }) => targetRef?.uid);
  if (changed.length === 0) return undefined;
  const uids = new Set(changed);
  const times = pods
    .filter(({ metadata }) => uids.has(metadata.uid))
    .map(({ status }) => findCondition(status?.conditions, 'Ready')?.lastTransitionTime)
    .filter((time) => time !== undefined);
  return times.sort((a, b) => (parseTime(a) ?? 0) - (parseTime(b) ?? 0))[0];
}

interface SliceTarget {
  readonly service: Service;
  readonly addressType: AddressType;
  readonly labels: Readonly<Record<string, string>>;
  readonly triggerTime: string | undefined;
}

/** What brings a slice to what was packed into it. A service that is being deleted gets no new slices. */
function actionFor(target: SliceTarget, { slice, ports, endpoints }: PackedSlice): SliceAction | undefined {
  const { service, addressType, labels } = target;
  if (slice !== undefined && endpoints === undefined) return { type: 'deleteSlice', slice, reason: 'NoEndpoints' };
  const content = { ports: [...ports], endpoints: [...(endpoints ?? [])] };
  const { [TRIGGER_TIME_ANNOTATION]: _before, ...kept } = slice?.metadata.annotations ?? {};
  const annotations =
    target.triggerTime === undefined ? kept : { ...kept, [TRIGGER_TIME_ANNOTATION]: target.triggerTime };
  if (slice === undefined) {
    if (service.metadata.deletionTimestamp !== undefined) return undefined;
    const { name, namespace = '' } = service.metadata;
    const ownerReferences = [{ ...newOwnerReference(service), controller: true, blockOwnerDeletion: true }];
    const metadata = { generateName: `${name}-`, namespace, labels: { ...labels }, annotations, ownerReferences };
    const type = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' } as const;
    const object: SliceDraft = { ...type, metadata, addressType, ...content };
    return { type: 'createSlice', object, reason: 'NewEndpoints' };
  }
  const metadata = { ...slice.metadata, labels: { ...labels }, annotations };
  return { type: 'updateSlice', slice: { ...slice, ...content, metadata }, reason: 'EndpointsChanged' };
}
