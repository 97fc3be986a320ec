import type { Client } from '../../api/client.ts';
import type { EndpointSlice, Pod, Service } from '../../objects/types.ts';
import { compareIpv4, parseIpv4 } from '../ipv4.ts';
import { listSlicesOf, serviceKeyOf } from '../service-slices.ts';
import type { ZoneData, ZoneEndpoint, ZonePort, ZoneService } from './zone-data.ts';

interface Entry {
  readonly service: ZoneService;
  /** What the service adds to the reverse tables. */
  readonly reverse: readonly {
    readonly table: 'services' | 'endpoints';
    readonly address: string;
    readonly name: string;
  }[];
}

/**
 * The cluster as its name server sees it, kept up by watches: a query costs a few look-ups, a change costs the one
 * service that it is about.
 */
export class ZoneIndex implements ZoneData {
  readonly #client: Client;
  readonly #entries = new Map<string, Entry>();
  readonly #pods = new Map<string, Set<string>>();
  readonly #reverse = { services: new Map<string, Set<string>>(), endpoints: new Map<string, Set<string>>() };

  constructor(client: Client) {
    this.#client = client;
  }

  /** Takes in what there is and follows it from now on. Returns what stops that. */
  watch(): () => void {
    const unwatch = [
      this.#client.watch('Service', ({ object }) => this.#update(keyOf(object))),
      this.#client.watch('EndpointSlice', ({ object, previous }) => {
        for (const slice of previous === undefined ? [object] : [object, previous]) {
          const key = serviceKeyOf(slice);
          if (key !== undefined) this.#update(key);
        }
      }),
      this.#client.watch('Pod', ({ type, object, previous }) => {
        if (previous !== undefined) this.#setPod(previous, false);
        this.#setPod(object, type !== 'DELETED');
      }),
    ];
    for (const service of this.#client.list('Service')) this.#update(keyOf(service));
    for (const pod of this.#client.list('Pod')) this.#setPod(pod, true);
    return () => {
      for (const stop of unwatch) stop();
    };
  }

  service(namespace: string, name: string): ZoneService | undefined {
    return this.#entries.get(`${namespace}/${name}`)?.service;
  }

  hasNamespace(name: string): boolean {
    return this.#client.get('Namespace', { name }) !== undefined;
  }

  hasPodAt(namespace: string, address: string): boolean {
    return this.#pods.get(`${namespace}/${address}`) !== undefined;
  }

  servicesAt(address: string): readonly string[] {
    return [...(this.#reverse.services.get(address) ?? [])].sort();
  }

  endpointsAt(address: string): readonly string[] {
    return [...(this.#reverse.endpoints.get(address) ?? [])].sort();
  }

  #setPod({ metadata, status }: Pod, isThere: boolean): void {
    const address = status?.podIP ?? '';
    if (address === '') return;
    // A pod that has ended keeps its address in its status while another one may have got it.
    const hasAddress = isThere && status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
    const key = `${metadata.namespace}/${address}`;
    if (hasAddress) addTo(this.#pods, key, metadata.uid);
    else removeFrom(this.#pods, key, metadata.uid);
  }

  #update(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    for (const old of this.#entries.get(key)?.reverse ?? [])
      removeFrom(this.#reverse[old.table], old.address, old.name);
    this.#entries.delete(key);
    const service = this.#client.get('Service', { namespace, name });
    if (service === undefined) return;
    const entry = entryOf(service, listSlicesOf(this.#client, namespace, name));
    this.#entries.set(key, entry);
    for (const added of entry.reverse) addTo(this.#reverse[added.table], added.address, added.name);
  }
}

function keyOf({ metadata }: Service): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function entryOf({ metadata, spec }: Service, slices: readonly EndpointSlice[]): Entry {
  const externalName = spec?.type === 'ExternalName' ? (spec.externalName ?? '') : undefined;
  const address = spec?.clusterIP ?? '';
  const clusterIp = externalName === undefined && parseIpv4(address) !== undefined ? address : undefined;
  const short = `${metadata.name}.${metadata.namespace}`;
  // Only the names of headless services' endpoints are told.
  const endpoints = clusterIp === undefined ? endpointsOf(slices) : [];
  const ports = (spec?.ports ?? []).map(({ name = '', protocol = 'TCP', port }) => ({
    name,
    protocol: protocol.toLowerCase(),
    port,
  }));
  return {
    service: { clusterIp, externalName, ports, endpoints },
    reverse: [
      ...(clusterIp === undefined ? [] : [{ table: 'services' as const, address: clusterIp, name: short }]),
      ...endpoints
        .filter(({ isNamed }) => isNamed)
        .map((endpoint) => ({
          table: 'endpoints' as const,
          address: endpoint.address,
          name: `${endpoint.hostname}.${short}`,
        })),
    ],
  };
}

/** A service that publishes what is not ready says so in its slices: their endpoints are all ready. */
function endpointsOf(slices: readonly EndpointSlice[]): readonly ZoneEndpoint[] {
  const endpoints = new Map<string, ZoneEndpoint>();
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4') continue;
    const ports = (slice.ports ?? []).flatMap(portOf);
    for (const { addresses, conditions, hostname } of slice.endpoints ?? []) {
      const address = addresses[0] ?? '';
      if (conditions?.ready === false || parseIpv4(address) === undefined) continue;
      const isNamed = hostname !== undefined && hostname !== '';
      const name = isNamed ? hostname.toLowerCase() : address.replaceAll('.', '-');
      const known = endpoints.get(`${address} ${name}`)?.ports ?? [];
      endpoints.set(`${address} ${name}`, { address, hostname: name, isNamed, ports: [...known, ...ports] });
    }
  }
  return [...endpoints.values()].sort((a, b) => compareIpv4(a.address, b.address));
}

function portOf({
  name = '',
  protocol = 'TCP',
  port,
}: NonNullable<EndpointSlice['ports']>[number]): readonly ZonePort[] {
  return port === undefined ? [] : [{ name, protocol: protocol.toLowerCase(), port }];
}

function addTo(map: Map<string, Set<string>>, key: string, value: string): void {
  map.set(key, (map.get(key) ?? new Set()).add(value));
}

function removeFrom(map: Map<string, Set<string>>, key: string, value: string): void {
  const values = map.get(key);
  values?.delete(value);
  if (values?.size === 0) map.delete(key);
}
