import { jsonEqual } from '../../lib/json.ts';
import { newOwnerReference } from '../../objects/index.ts';
import type { EndpointSlice, Endpoints, Service } from '../../objects/types.ts';
import type { AddressType, Endpoint, EndpointPort } from './endpoints-of-pods.ts';
import {
  hasSelector,
  MANAGED_BY_LABEL,
  SERVICE_NAME_LABEL,
  type SliceDraft,
  type SliceWrite,
} from './managed-slices.ts';
import { portsKey } from './pack-endpoints.ts';

export const MIRRORED_BY = 'endpointslicemirroring-controller.k8s.io';

/** "Mirrors a maximum of 1000 addresses per subset" (mirroring-max-endpoints-per-subset). */
export const ADDRESSES_PER_SUBSET = 1000;

/** Who must not appear in a copy (newEndpointSlice). */
const OWN_ANNOTATIONS = [
  'endpoints.kubernetes.io/last-change-trigger-time',
  'kubectl.kubernetes.io/last-applied-configuration',
];

type Subset = NonNullable<Endpoints['subsets']>[number];
type Address = NonNullable<Subset['addresses']>[number];

export interface MirrorSnapshot {
  /** What somebody has written; `undefined` where nobody has. */
  readonly endpoints: Endpoints | undefined;
  /** The service of the same name. */
  readonly service: Service | undefined;
  /** The copies that there are. */
  readonly slices: readonly EndpointSlice[];
}

export type MirrorAction =
  | SliceWrite
  | { readonly type: 'reportTooMany'; readonly skipped: number; readonly reason: 'TooManyAddressesToMirror' };

/** The addresses of one family with the same ports: what one slice holds. */
interface Group {
  readonly addressType: AddressType;
  readonly ports: readonly EndpointPort[];
  readonly endpoints: Map<string, Endpoint>;
}

/**
 * "The control plane mirrors Endpoints resources to corresponding EndpointSlices … unless: the Endpoints resource has
 * an endpointslice.kubernetes.io/skip-mirror label set to true; the Endpoints resource has a
 * control-plane.alpha.kubernetes.io/leader annotation; the corresponding Service resource does not exist; the
 * corresponding Service resource has a non-nil selector. Individual Endpoints resources may translate into multiple
 * EndpointSlices. This will occur if an Endpoints resource has multiple subsets or includes endpoints with multiple IP
 * families" (EndpointSlices, kubernetes.io).
 */
export function computeMirroredSlices({ endpoints, service, slices }: MirrorSnapshot): readonly MirrorAction[] {
  const live = slices.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (endpoints === undefined || service === undefined || !isMirrored(endpoints, service)) return live.map(toDelete);
  const { groups, skipped } = groupsOf(endpoints.subsets ?? []);
  const spare = new Set(live);
  const kept = new Map<Group, EndpointSlice>();
  for (const group of groups) {
    const own = live.find((slice) => spare.has(slice) && isSliceOf(slice, group));
    if (own === undefined) continue;
    spare.delete(own);
    kept.set(group, own);
  }
  const actions = groups.map((group) => {
    const slice = kept.get(group) ?? [...spare].find(({ addressType }) => addressType === group.addressType);
    if (slice !== undefined) spare.delete(slice);
    return actionFor(endpoints, group, slice);
  });
  const report = { type: 'reportTooMany', skipped, reason: 'TooManyAddressesToMirror' } as const;
  return [...actions.filter((one) => one !== undefined), ...[...spare].map(toDelete), ...(skipped > 0 ? [report] : [])];
}

function isMirrored({ metadata: { labels, annotations } }: Endpoints, service: Service): boolean {
  return (
    labels?.['endpointslice.kubernetes.io/skip-mirror'] !== 'true' &&
    annotations?.['control-plane.alpha.kubernetes.io/leader'] === undefined &&
    !hasSelector(service)
  );
}

function toDelete(slice: EndpointSlice): MirrorAction {
  return { type: 'deleteSlice', slice, reason: 'NoEndpoints' };
}

function groupsOf(subsets: readonly Subset[]): { readonly groups: readonly Group[]; readonly skipped: number } {
  const groups = new Map<string, Group>();
  let skipped = 0;
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of subsets) {
    const slicePorts = ports.map(slicePort);
    const all = [
      ...addresses.map((address) => ({ address, ready: true })),
      ...notReadyAddresses.map((address) => ({ address, ready: false })),
    ];
    skipped += Math.max(0, all.length - ADDRESSES_PER_SUBSET);
    for (const { address, ready } of all.slice(0, ADDRESSES_PER_SUBSET)) {
      const addressType = address.ip.includes(':') ? 'IPv6' : 'IPv4';
      const key = `${addressType} ${portsKey(slicePorts)}`;
      const group = groups.get(key) ?? { addressType, ports: slicePorts, endpoints: new Map() };
      groups.set(key, group);
      group.endpoints.set(identityOf(address), sliceEndpoint(address, ready));
    }
  }
  return { groups: [...groups.values()], skipped };
}

function slicePort({ name = '', port, protocol = 'TCP', appProtocol }: NonNullable<Subset['ports']>[number]) {
  return { name, port, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) };
}

function identityOf({ ip, hostname = '', targetRef }: Address): string {
  return `${ip} ${hostname} ${targetRef?.namespace ?? ''}/${targetRef?.name ?? ''}`;
}

function sliceEndpoint({ ip, hostname = '', nodeName, targetRef }: Address, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(targetRef === undefined ? {} : { targetRef }),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(hostname === '' ? {} : { hostname }),
  };
}

function isSliceOf(slice: EndpointSlice, { addressType, ports }: Group): boolean {
  return slice.addressType === addressType && portsKey(slice.ports ?? []) === portsKey(ports);
}

/** What brings a slice to its group. Endpoints that are being deleted get no new slices. */
function actionFor(
  endpoints: Endpoints,
  { addressType, ports, endpoints: wanted }: Group,
  slice: EndpointSlice | undefined,
): MirrorAction | undefined {
  const { name, namespace = '' } = endpoints.metadata;
  const labels = { ...endpoints.metadata.labels, [SERVICE_NAME_LABEL]: name, [MANAGED_BY_LABEL]: MIRRORED_BY };
  const annotations = Object.fromEntries(
    Object.entries(endpoints.metadata.annotations ?? {}).filter(([key]) => !OWN_ANNOTATIONS.includes(key)),
  );
  const ownerReferences = [{ ...newOwnerReference(endpoints), controller: true, blockOwnerDeletion: true }];
  const content = { ports: [...ports], endpoints: [...wanted.values()] };
  if (slice === undefined) {
    if (endpoints.metadata.deletionTimestamp !== undefined) return undefined;
    const metadata = { generateName: `${name}-`, namespace, labels, annotations, ownerReferences };
    const object: SliceDraft = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata,
      addressType,
      ...content,
    };
    return { type: 'createSlice', object, reason: 'NewEndpoints' };
  }
  const { metadata } = slice;
  const isSame =
    jsonEqual(slice.ports ?? [], content.ports) &&
    jsonEqual(slice.endpoints ?? [], content.endpoints) &&
    jsonEqual(metadata.labels ?? {}, labels) &&
    jsonEqual(metadata.annotations ?? {}, annotations) &&
    jsonEqual(metadata.ownerReferences ?? [], ownerReferences);
  if (isSame) return undefined;
  const changed = { ...slice, ...content, metadata: { ...metadata, labels, annotations, ownerReferences } };
  return { type: 'updateSlice', slice: changed, reason: 'EndpointsChanged' };
}
