import { isInCidr, parseIpv4 } from '../ipv4.ts';
import type { ZoneData, ZoneEndpoint, ZoneService } from './zone-data.ts';

export interface DnsQuestion {
  readonly name: string;
  /** `A`, `SRV`, … */
  readonly type: string;
}

/** Records that Berth itself gives out. Names are complete, in lower case, without the final dot. */
export type DnsRecord =
  | { readonly type: 'A' | 'CNAME' | 'PTR'; readonly name: string; readonly data: string }
  | { readonly type: 'TXT'; readonly name: string; readonly data: string }
  | {
      readonly type: 'SRV';
      readonly name: string;
      readonly data: {
        readonly priority: number;
        readonly weight: number;
        readonly port: number;
        readonly target: string;
      };
    };

export type DnsAnswer =
  | { readonly type: 'records'; readonly records: readonly DnsRecord[]; readonly additionals: readonly DnsRecord[] }
  /** The name is another name for `target`, which has to be looked up in turn. */
  | { readonly type: 'alias'; readonly record: DnsRecord; readonly target: string }
  /** The name exists and has no record of this type: NODATA. */
  | { readonly type: 'noData' }
  /** There is no such name: NXDOMAIN. */
  | { readonly type: 'nameError' }
  /** The name is none of this cluster. */
  | { readonly type: 'foreign' };

export interface ZoneSettings {
  /** `cluster.local`. */
  readonly clusterDomain: string;
  readonly serviceCidr: string;
  readonly podCidr: string;
}

const NO_DATA: DnsAnswer = { type: 'noData' };
const NAME_ERROR: DnsAnswer = { type: 'nameError' };
const FOREIGN: DnsAnswer = { type: 'foreign' };

/** "dns-version.<zone>. <ttl> IN TXT <schema-version>" (Kubernetes DNS-Based Service Discovery, 2.2). */
const SCHEMA_VERSION = '1.1.0';

/** Answers one question as "Kubernetes DNS-Based Service Discovery" (kubernetes/dns, docs/specification.md) has it. */
export function answerQuery(question: DnsQuestion, zone: ZoneData, settings: ZoneSettings): DnsAnswer {
  const name = question.name.toLowerCase().replace(/\.$/, '');
  const domain = settings.clusterDomain.toLowerCase();
  const query: Query = { name, type: question.type, domain, zone };
  if (name === domain) return NO_DATA;
  if (name.endsWith(`.${domain}`)) return answerInDomain(query, name.slice(0, -domain.length - 1).split('.'));
  if (name.endsWith('.in-addr.arpa')) return answerReverse(query, settings);
  return FOREIGN;
}

interface Query {
  readonly name: string;
  readonly type: string;
  readonly domain: string;
  readonly zone: ZoneData;
}

function answerInDomain(query: Query, labels: readonly string[]): DnsAnswer {
  const { name, zone } = query;
  const kind = labels.at(-1);
  if (labels.length === 1 && kind === 'dns-version') return pick(query, [{ type: 'TXT', name, data: SCHEMA_VERSION }]);
  if (kind !== 'svc' && kind !== 'pod') return NAME_ERROR;
  if (labels.length === 1) return NO_DATA;
  const namespace = labels.at(-2) ?? '';
  if (!zone.hasNamespace(namespace)) return NAME_ERROR;
  if (labels.length === 2) return NO_DATA;
  const rest = labels.slice(0, -2);
  return kind === 'pod' ? answerPod(query, namespace, rest) : answerService(query, namespace, rest);
}

/**
 * `1-2-3-4.shop.pod.cluster.local` for a pod of the namespace that has the address (what CoreDNS calls "pods
 * verified").
 */
function answerPod(query: Query, namespace: string, labels: readonly string[]): DnsAnswer {
  const [first = ''] = labels;
  const address = first.replaceAll('-', '.');
  if (labels.length !== 1 || parseIpv4(address) === undefined || !query.zone.hasPodAt(namespace, address)) {
    return NAME_ERROR;
  }
  return pick(query, [{ type: 'A', name: query.name, data: address }]);
}

/** `labels` is what stands before the namespace: `[…, service]`. */
function answerService(query: Query, namespace: string, labels: readonly string[]): DnsAnswer {
  const serviceName = labels.at(-1) ?? '';
  const service = query.zone.service(namespace, serviceName);
  if (service === undefined) return NAME_ERROR;
  const base = `${serviceName}.${namespace}.svc.${query.domain}`;
  const before = labels.slice(0, -1);
  if (service.externalName !== undefined) {
    if (before.length > 0) return NAME_ERROR;
    const target = service.externalName.toLowerCase().replace(/\.$/, '');
    return { type: 'alias', record: { type: 'CNAME', name: base, data: target }, target };
  }
  if (before.length === 0) return answerServiceName(query, service, base);
  const [first = '', second] = before;
  if (before.length === 1) {
    return first.startsWith('_') ? answerProtocol(service, first.slice(1)) : answerEndpoint(query, service, first);
  }
  if (before.length !== 2 || !first.startsWith('_') || !second?.startsWith('_')) return NAME_ERROR;
  return answerPort(query, service, base, { name: first.slice(1), protocol: second.slice(1) });
}

/**
 * "Given a Service …, an A record exists with the service's ClusterIP"; for a headless one "there must be an A record
 * for each ready endpoint of the headless Service", and a name without any is a name that does not exist, as CoreDNS
 * has it, too.
 */
function answerServiceName(query: Query, service: ZoneService, base: string): DnsAnswer {
  const { name, type } = query;
  if (service.clusterIp === undefined && service.endpoints.length === 0) return NAME_ERROR;
  if (type === 'SRV') {
    return srvAnswer(
      service.ports.flatMap((port) => (port.name === '' ? [] : srvParts(service, base, port))),
      query,
    );
  }
  if (service.clusterIp !== undefined) return pick(query, [{ type: 'A', name, data: service.clusterIp }]);
  return pick(query, addressRecords(name, service.endpoints));
}

/** A name between the service's and those of its ports: it exists and holds nothing. */
function answerProtocol(service: ZoneService, protocol: string): DnsAnswer {
  return service.ports.some((port) => port.name !== '' && port.protocol === protocol) ? NO_DATA : NAME_ERROR;
}

/**
 * "There must also be an A record of the following form for each ready endpoint with hostname of <hostname>" (headless
 * services).
 */
function answerEndpoint(query: Query, service: ZoneService, hostname: string): DnsAnswer {
  if (service.clusterIp !== undefined) return NAME_ERROR;
  const endpoints = service.endpoints.filter((endpoint) => endpoint.hostname === hostname);
  return endpoints.length === 0 ? NAME_ERROR : pick(query, addressRecords(query.name, endpoints));
}

/** "For each port in the service with name <port> and number <port-number> using protocol <proto>, an SRV record …". */
function answerPort(
  query: Query,
  service: ZoneService,
  base: string,
  wanted: { readonly name: string; readonly protocol: string },
): DnsAnswer {
  const port = service.ports.find(({ name, protocol }) => name === wanted.name && protocol === wanted.protocol);
  if (port === undefined || port.name === '') return NAME_ERROR;
  const records = srvParts(service, base, port);
  if (records.length === 0) return NAME_ERROR;
  return query.type === 'SRV' ? srvAnswer(records, query) : NO_DATA;
}

interface SrvPart {
  readonly port: number;
  readonly target: string;
  readonly address: string;
}

function srvParts(
  service: ZoneService,
  base: string,
  { name, protocol, port }: ZoneService['ports'][number],
): readonly SrvPart[] {
  if (service.clusterIp !== undefined) return [{ port, target: base, address: service.clusterIp }];
  return service.endpoints.flatMap((endpoint) => {
    const own = endpoint.ports.find((one) => one.name === name && one.protocol === protocol);
    return own === undefined
      ? []
      : [{ port: own.port, target: `${endpoint.hostname}.${base}`, address: endpoint.address }];
  });
}

/**
 * "The priority field is 0 and the weight is the same for all" in the words of RFC 2782; the targets' addresses come
 * along.
 */
function srvAnswer(parts: readonly SrvPart[], { name }: Query): DnsAnswer {
  if (parts.length === 0) return NO_DATA;
  const weight = Math.max(1, Math.floor(100 / parts.length));
  const addresses = new Map(parts.map(({ target, address }) => [`${target} ${address}`, { target, address }]));
  return {
    type: 'records',
    records: parts.map(({ port, target }) => ({ type: 'SRV', name, data: { priority: 0, weight, port, target } })),
    additionals: [...addresses.values()].map(({ target, address }) => ({ type: 'A', name: target, data: address })),
  };
}

/** Addresses of services and pods have names; those of the same ranges that have none are not asked of anybody else. */
function answerReverse(query: Query, { serviceCidr, podCidr }: ZoneSettings): DnsAnswer {
  const { name, zone, domain } = query;
  const address = name.slice(0, -'.in-addr.arpa'.length).split('.').reverse().join('.');
  if (!isInCidr(address, serviceCidr) && !isInCidr(address, podCidr)) return FOREIGN;
  const names = [...zone.servicesAt(address), ...zone.endpointsAt(address)];
  if (names.length === 0) return NAME_ERROR;
  return pick(
    query,
    names.map((short) => ({ type: 'PTR', name, data: `${short}.svc.${domain}` })),
  );
}

function addressRecords(name: string, endpoints: readonly ZoneEndpoint[]): readonly DnsRecord[] {
  const addresses = [...new Set(endpoints.map(({ address }) => address))];
  return addresses.map((data) => ({ type: 'A', name, data }));
}

/** Of the records of a name those of the wanted type. */
function pick({ type }: Query, records: readonly DnsRecord[]): DnsAnswer {
  const wanted = records.filter((record) => record.type === type || type === 'ANY');
  return wanted.length === 0 ? NO_DATA : { type: 'records', records: wanted, additionals: [] };
}
