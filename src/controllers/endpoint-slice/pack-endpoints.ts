import { compareText } from '../../lib/compare-text.ts';
import { canonicalJson, jsonEqual } from '../../lib/json.ts';
import type { EndpointSlice } from '../../objects/types.ts';
import type { Endpoint, EndpointPort } from './endpoints-of-pods.ts';

/** What one slice is to hold. Without `slice` it is a new one; without `endpoints` the slice is not needed any more. */
export interface PackedSlice {
  readonly slice: EndpointSlice | undefined;
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[] | undefined;
  /** Whether it has to be written, hints apart. */
  readonly isChanged: boolean;
}

/** Endpoints with the same ports, as they are to be; none of them has hints yet. */
export interface PortGroup {
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

export interface PackOptions {
  readonly endpointsPerSlice: number;
  /** Whether a slice is written anyway, because of its labels. */
  readonly isStale: (slice: EndpointSlice) => boolean;
}

interface Bin {
  slice: EndpointSlice | undefined;
  ports: readonly EndpointPort[];
  endpoints: Endpoint[];
  isChanged: boolean;
}

/**
 * Distributes the endpoints over slices so that few slices change.
 *
 * "1. Iterate over existing EndpointSlices, remove endpoints that are no longer desired and update those that have
 * changed. 2. Iterate over EndpointSlices that have been modified in the first step and fill them up with any new
 * endpoints needed. 3. If there's still new endpoints left to add, try to fit them into a previously unchanged slice
 * and/or create new ones" (EndpointSlices, kubernetes.io). Slices that became empty are used for new ones before they
 * are deleted.
 */
export function packEndpoints(
  groups: readonly PortGroup[],
  existing: readonly EndpointSlice[],
  options: PackOptions,
): readonly PackedSlice[] {
  const unused = new Map(existing.map((slice) => [slice.metadata.name, slice]));
  const bins: Bin[] = [];
  for (const group of groups) {
    const key = portsKey(group.ports);
    const own = existing.filter((slice) => portsKey(slice.ports ?? []) === key);
    for (const bin of packGroup(group, own, options)) {
      if (bin.slice !== undefined) unused.delete(bin.slice.metadata.name);
      bins.push(bin);
    }
  }
  const spare = [...unused.values()];
  for (const bin of bins) if (bin.slice === undefined) bin.slice = spare.shift();
  return [...bins, ...spare.map((slice) => ({ slice, ports: [], endpoints: undefined, isChanged: true }))];
}

/** Ports in another order are the same ports (endpointslice/util, NewPortMapKey). */
export function portsKey(ports: readonly EndpointPort[]): string {
  return ports.length < 2 ? canonicalJson(ports) : ports.map(canonicalJson).sort(compareText).join();
}

function packGroup(group: PortGroup, own: readonly EndpointSlice[], options: PackOptions): readonly Bin[] {
  const { endpointsPerSlice } = options;
  const missing = new Map(group.endpoints.map((endpoint) => [identityOf(endpoint), endpoint]));
  const bins = own.map((slice) => keepWanted(slice, missing, options));
  const newcomers = [...missing.values()];
  const room = (bin: Bin) => endpointsPerSlice - bin.endpoints.length;
  // The fullest are filled first, so that few slices are left half empty.
  for (const bin of bins.filter(({ isChanged }) => isChanged).sort((a, b) => room(a) - room(b))) {
    bin.endpoints.push(...newcomers.splice(0, Math.max(0, room(bin))));
  }
  while (newcomers.length > 0) {
    const fitting = bins
      .filter((bin) => !bin.isChanged && room(bin) >= newcomers.length)
      .sort((a, b) => room(a) - room(b))[0];
    const bin = fitting ?? { slice: undefined, ports: group.ports, endpoints: [], isChanged: true };
    if (fitting === undefined) bins.push(bin);
    bin.isChanged = true;
    bin.endpoints.push(...newcomers.splice(0, room(bin)));
  }
  const filled = bins.filter((bin) => bin.endpoints.length > 0);
  if (filled.length > 0 || group.endpoints.length > 0) return filled;
  return [bins[0] ?? { slice: undefined, ports: group.ports, endpoints: [], isChanged: true }];
}

/** The slice with what is still wanted of it, in its order; takes that out of `missing`. */
function keepWanted(slice: EndpointSlice, missing: Map<string, Endpoint>, { isStale }: PackOptions): Bin {
  const endpoints: Endpoint[] = [];
  let isChanged = isStale(slice);
  for (const present of slice.endpoints ?? []) {
    const identity = identityOf(present);
    const wanted = missing.get(identity);
    if (wanted === undefined || !jsonEqual(wanted, withoutHints(present))) isChanged = true;
    if (wanted === undefined) continue;
    missing.delete(identity);
    endpoints.push(wanted);
  }
  return { slice, ports: slice.ports ?? [], endpoints, isChanged };
}

/** An endpoint is the same as long as it stands for the same pod at the same address. */
export function identityOf(endpoint: Endpoint): string {
  return `${endpoint.targetRef?.uid ?? ''} ${endpoint.addresses.join(',')}`;
}

function withoutHints(endpoint: Endpoint): Endpoint {
  if (endpoint.hints === undefined) return endpoint;
  const { hints: _hints, ...rest } = endpoint;
  return rest;
}
