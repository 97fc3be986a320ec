/** What a name server has to know of the cluster; every call is a look-up, never a search. */
export interface ZoneData {
  service(namespace: string, name: string): ZoneService | undefined;
  hasNamespace(name: string): boolean;
  /** Whether a pod of the namespace has the address. */
  hasPodAt(namespace: string, address: string): boolean;
  /** Names of services with this address, as `name.namespace`, sorted. */
  servicesAt(address: string): readonly string[];
  /** Names of ready endpoints of headless services with this address, as `hostname.service.namespace`, sorted. */
  endpointsAt(address: string): readonly string[];
}

export interface ZoneService {
  /** `undefined` for a headless service and for an ExternalName. */
  readonly clusterIp: string | undefined;
  readonly externalName: string | undefined;
  readonly ports: readonly ZonePort[];
  /** Ready ones, IPv4 only, sorted by address. */
  readonly endpoints: readonly ZoneEndpoint[];
}

export interface ZonePort {
  /** Empty for the one port of a service that has no name. */
  readonly name: string;
  /** `tcp`. */
  readonly protocol: string;
  readonly port: number;
}

export interface ZoneEndpoint {
  readonly address: string;
  /** The pod's own hostname where it has one below this service; else the address with dashes. */
  readonly hostname: string;
  /** Whether the hostname is the pod's own. */
  readonly isNamed: boolean;
  readonly ports: readonly ZonePort[];
}
