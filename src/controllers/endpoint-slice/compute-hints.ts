import type { Service } from '../../objects/types.ts';
import type { AddressType, Endpoint } from './endpoints-of-pods.ts';
import type { PackedSlice } from './pack-endpoints.ts';

export interface HintSnapshot {
  readonly service: Service;
  readonly addressType: AddressType;
  /** What the slices are to hold, without hints. */
  readonly packed: readonly PackedSlice[];
  /** Each zone's share of the processors, by name of the zone; `undefined` where the nodes do not say enough. */
  readonly zoneShares: ReadonlyMap<string, number> | undefined;
  /** Whether the service had hints for the sake of its annotation until now. */
  readonly wasHinted: boolean;
}

/** What is to be said of a service whose hints begin, end or cannot be given. */
export interface HintReport {
  readonly eventType: 'Normal' | 'Warning';
  readonly reason: 'TopologyAwareHintsEnabled' | 'TopologyAwareHintsDisabled';
  readonly message: string;
}

export interface HintedSlices {
  readonly packed: readonly PackedSlice[];
  readonly report?: HintReport;
}

/**
 * The older name wins: "When both are set, v1.DeprecatedAnnotationTopologyAwareHints has precedence" (endpointslice,
 * hintsEnabled).
 */
const MODE_ANNOTATIONS = ['service.kubernetes.io/topology-aware-hints', 'service.kubernetes.io/topology-mode'];

/** "overloadThreshold represents the maximum overload any individual endpoint should be exposed to" (topologycache). */
const OVERLOAD_THRESHOLD = 0.2;

/**
 * Whether the service asks for endpoints to be shared out among the zones: `service.kubernetes.io/topology-mode: Auto`.
 */
export function isTopologyAware({ metadata }: Service): boolean {
  const name = MODE_ANNOTATIONS.find((annotation) => metadata.annotations?.[annotation] !== undefined) ?? '';
  const mode = metadata.annotations?.[name];
  return mode === 'Auto' || mode === 'auto';
}

/**
 * Gives endpoints the zones or nodes that should use them. `trafficDistribution` "offers a way to express preferences
 * for how traffic is distributed to Service endpoints"; "the annotation … takes precedence over the trafficDistribution
 * field" (Services, kubernetes.io).
 */
export function computeHints(snapshot: HintSnapshot): HintedSlices {
  const { service, packed, addressType, wasHinted } = snapshot;
  if (isTopologyAware(service)) return shareOut(snapshot);
  const near = packed.map((entry) => mapEndpoints(entry, (endpoint) => hintsNear(service, endpoint)));
  return { packed: near, ...(wasHinted ? disabled('Topology Aware Hints has been disabled', addressType) : {}) };
}

/**
 * "PreferSameZone: prefer … endpoints that are in the same zone as the client. PreferSameNode: … on the same node.
 * PreferClose: an older name for PreferSameZone" (Services, kubernetes.io). An endpoint that is not ready has no hints.
 */
function hintsNear({ spec }: Service, endpoint: Endpoint): Endpoint['hints'] {
  const wanted = spec?.trafficDistribution;
  const isNode = wanted === 'PreferSameNode';
  if (endpoint.conditions?.ready !== true) return undefined;
  if (!isNode && wanted !== 'PreferClose' && wanted !== 'PreferSameZone') return undefined;
  const forZones = endpoint.zone === undefined ? {} : { forZones: [{ name: endpoint.zone }] };
  const forNodes = isNode && endpoint.nodeName !== undefined ? { forNodes: [{ name: endpoint.nodeName }] } : {};
  const hints = { ...forZones, ...forNodes };
  return Object.keys(hints).length === 0 ? undefined : hints;
}

interface Allocation {
  readonly minimum: number;
  readonly maximum: number;
  readonly desired: number;
}

/**
 * "The heuristic … allocates a proportional amount of endpoints to each zone … based on the allocatable CPU cores for
 * nodes running in that zone" (Topology Aware Routing, kubernetes.io). Slices that need no change keep the hints that
 * they have while they fit; in the others each endpoint begins with its own zone, and then zones with more than their
 * share give endpoints to those with less.
 */
function shareOut(snapshot: HintSnapshot): HintedSlices {
  const { packed, addressType } = snapshot;
  const readyCount = packed.flatMap(({ endpoints }) => endpoints ?? []).filter(isReady).length;
  const allocations = allocate(snapshot.zoneShares, readyCount);
  if (typeof allocations === 'string') return { packed, ...disabled(allocations, addressType) };
  const counts = new Map<string, number>();
  const kept = new Set(packed.filter((entry) => keepsHints(entry, counts, allocations)));
  const open = packed.filter((entry) => !kept.has(entry)).flatMap(({ endpoints }) => (endpoints ?? []).filter(isReady));
  const zones = new Map<Endpoint, string>();
  for (const endpoint of open) {
    const { zone } = endpoint;
    if (zone === undefined) {
      return { packed, ...disabled('One or more endpoints do not have a zone specified', addressType) };
    }
    counts.set(zone, (counts.get(zone) ?? 0) + 1);
    zones.set(endpoint, zone);
  }
  redistribute(open, zones, exchanges(allocations, counts));
  const hintsOf = (endpoint: Endpoint) => {
    const zone = zones.get(endpoint);
    return zone === undefined ? undefined : { forZones: [{ name: zone }] };
  };
  const hinted = packed.map((entry) => (kept.has(entry) ? withOwnHints(entry) : mapEndpoints(entry, hintsOf)));
  return { packed: hinted, ...(snapshot.wasHinted ? {} : enabled(addressType)) };
}

/** How many endpoints each zone must, should and may have; a sentence where no such distribution is possible. */
function allocate(
  shares: ReadonlyMap<string, number> | undefined,
  count: number,
): ReadonlyMap<string, Allocation> | string {
  if (shares === undefined) {
    return 'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes';
  }
  const sizes = `(${count} endpoints, ${shares.size} zones)`;
  if (shares.size > count) return `Insufficient number of endpoints ${sizes}`;
  const needs = [...shares].map(([zone, share]) => {
    const minimum = Math.ceil(share * count * (1 / (1 + OVERLOAD_THRESHOLD)));
    return { zone, minimum, desired: Math.max(share * count, minimum) };
  });
  const minTotal = needs.reduce((sum, { minimum }) => sum + minimum, 0);
  if (minTotal > count) {
    return `Unable to allocate minimum required endpoints to each zone without exceeding overload threshold ${sizes}`;
  }
  return new Map(needs.map(({ zone, ...need }) => [zone, { ...need, maximum: need.minimum + count - minTotal }]));
}

/**
 * Whether a slice keeps its hints: it needs no change, each ready endpoint has one, for zones that still take part, and
 * with those counted so far no zone gets more than its maximum. Counts them then.
 */
function keepsHints(
  { slice, isChanged }: PackedSlice,
  counts: Map<string, number>,
  allocations: ReadonlyMap<string, Allocation>,
): boolean {
  if (slice === undefined || isChanged) return false;
  const found = new Map<string, number>();
  for (const endpoint of slice.endpoints.filter(isReady)) {
    const zones = endpoint.hints?.forZones ?? [];
    if (zones.length === 0) return false;
    for (const { name } of zones) found.set(name, (found.get(name) ?? 0) + 1);
  }
  const totals = [...found].map(([zone, count]) => [zone, count + (counts.get(zone) ?? 0)] as const);
  if (totals.some(([zone, total]) => total > (allocations.get(zone)?.maximum ?? -1))) return false;
  for (const [zone, total] of totals) counts.set(zone, total);
  return true;
}

interface Exchanges {
  /** How many endpoints a zone gives away. */
  readonly giving: Map<string, number>;
  /** How many endpoints of others a zone gets. */
  readonly receiving: Map<string, number>;
}

/**
 * One endpoint after the other goes from the zone with most too many to the one with most too few, while one of the two
 * is wrong by a whole one.
 */
function exchanges(allocations: ReadonlyMap<string, Allocation>, counts: ReadonlyMap<string, number>): Exchanges {
  const surplus = [...allocations].map(([zone, { desired }]) => [zone, (counts.get(zone) ?? 0) - desired] as const);
  const tooMany = new Map(surplus.filter(([, amount]) => amount > 0));
  const tooFew = new Map(surplus.filter(([, amount]) => amount < 0).map(([zone, amount]) => [zone, -amount]));
  const giving = new Map<string, number>();
  const receiving = new Map<string, number>();
  for (;;) {
    const [giver, toGive] = greatest(tooMany);
    const [receiver, toReceive] = greatest(tooFew);
    if ((toGive < 1 && toReceive < 1) || toGive < 0.5 || toReceive < 0.5) return { giving, receiving };
    giving.set(giver, (giving.get(giver) ?? 0) + 1);
    receiving.set(receiver, (receiving.get(receiver) ?? 0) + 1);
    tooMany.set(giver, toGive - 1);
    tooFew.set(receiver, toReceive - 1);
  }
}

/** The zone with the greatest amount above 0; the first of several. */
function greatest(amounts: ReadonlyMap<string, number>): readonly [string, number] {
  let found: readonly [string, number] = ['', 0];
  for (const entry of amounts) if (entry[1] > found[1]) found = entry;
  return found;
}

function redistribute(open: readonly Endpoint[], zones: Map<Endpoint, string>, { giving, receiving }: Exchanges): void {
  for (const endpoint of open) {
    const own = endpoint.zone ?? '';
    const receiver = [...receiving].find(([, count]) => count > 0)?.[0];
    if (receiver === undefined) return;
    if ((giving.get(own) ?? 0) === 0) continue;
    zones.set(endpoint, receiver);
    giving.set(own, (giving.get(own) ?? 0) - 1);
    receiving.set(receiver, (receiving.get(receiver) ?? 0) - 1);
  }
}

function isReady({ conditions }: Endpoint): boolean {
  return conditions?.ready === true;
}

function mapEndpoints(entry: PackedSlice, hintsOf: (endpoint: Endpoint) => Endpoint['hints']): PackedSlice {
  const endpoints = entry.endpoints?.map((endpoint) => {
    const hints = hintsOf(endpoint);
    return hints === undefined ? endpoint : { ...endpoint, hints };
  });
  return { ...entry, endpoints };
}

/** A slice that does not change holds the same endpoints in the same order. */
function withOwnHints(entry: PackedSlice): PackedSlice {
  return { ...entry, endpoints: entry.slice?.endpoints };
}

function enabled(addressType: AddressType): { readonly report: HintReport } {
  const message = `Topology Aware Hints has been enabled, addressType: ${addressType}`;
  return { report: { eventType: 'Normal', reason: 'TopologyAwareHintsEnabled', message } };
}

function disabled(why: string, addressType: AddressType): { readonly report: HintReport } {
  const message = `${why}, addressType: ${addressType}`;
  return { report: { eventType: 'Warning', reason: 'TopologyAwareHintsDisabled', message } };
}
