import { describe, expect, it } from 'vitest';
import { answerQuery, type DnsAnswer } from './answer-query.ts';
import type { ZoneData, ZoneEndpoint, ZoneService } from './zone-data.ts';

const SETTINGS = { clusterDomain: 'cluster.local', serviceCidr: '10.96.0.0/16', podCidr: '10.88.0.0/16' };
const HTTP = { name: 'http', protocol: 'tcp', port: 80 };
const PLAIN: ZoneService = { clusterIp: '10.96.0.5', externalName: undefined, ports: [HTTP], endpoints: [] };
const DB_PORTS = [{ name: 'sql', protocol: 'tcp', port: 5432 }];

function endpoint(address: string, hostname?: string): ZoneEndpoint {
  const name = hostname ?? address.replaceAll('.', '-');
  return { address, hostname: name, isNamed: hostname !== undefined, ports: DB_PORTS };
}

const SERVICES: Record<string, ZoneService> = {
  'shop/web': PLAIN,
  'shop/nameless': { ...PLAIN, clusterIp: '10.96.0.6', ports: [{ ...HTTP, name: '' }] },
  'shop/db': {
    clusterIp: undefined,
    externalName: undefined,
    ports: DB_PORTS,
    endpoints: [endpoint('10.88.0.2', 'db-0'), endpoint('10.88.0.3', 'db-1'), endpoint('10.88.0.4')],
  },
  'shop/idle': { clusterIp: undefined, externalName: undefined, ports: DB_PORTS, endpoints: [] },
  'shop/api': { clusterIp: undefined, externalName: 'api.Example.com.', ports: [], endpoints: [] },
};

const ZONE: ZoneData = {
  service: (namespace, name) => SERVICES[`${namespace}/${name}`],
  hasNamespace: (name) => name === 'shop' || name === 'empty',
  hasPodAt: (namespace, address) => namespace === 'shop' && address === '10.88.0.2',
  servicesAt: (address) => (address === '10.96.0.5' ? ['web.shop'] : []),
  endpointsAt: (address) => (address === '10.88.0.2' ? ['db-0.db.shop'] : []),
};

/** An answer in one line: `A 10.96.0.5`, `NODATA`, … */
function format(answer: DnsAnswer): string {
  if (answer.type === 'noData') return 'NODATA';
  if (answer.type === 'nameError') return 'NXDOMAIN';
  if (answer.type === 'foreign') return 'foreign';
  if (answer.type === 'alias') return `alias ${answer.target}`;
  return answer.records
    .map(({ type, data }) =>
      typeof data === 'string'
        ? `${type} ${data}`
        : `${type} ${data.priority} ${data.weight} ${data.port} ${data.target}`,
    )
    .join(', ');
}

function ask(name: string, type: string): string {
  return format(answerQuery({ name, type }, ZONE, SETTINGS));
}

describe('names of services', () => {
  it.each([
    ['web.shop.svc.cluster.local', 'A', 'A 10.96.0.5'],
    ['WEB.Shop.svc.Cluster.LOCAL.', 'A', 'A 10.96.0.5'],
    ['web.shop.svc.cluster.local', 'ANY', 'A 10.96.0.5'],
    ['web.shop.svc.cluster.local', 'AAAA', 'NODATA'],
    ['web.shop.svc.cluster.local', 'MX', 'NODATA'],
    ['web.empty.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['web.nowhere.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['x.web.shop.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['a.b.web.shop.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['db.shop.svc.cluster.local', 'A', 'A 10.88.0.2, A 10.88.0.3, A 10.88.0.4'],
    ['db.shop.svc.cluster.local', 'AAAA', 'NODATA'],
    ['db-1.db.shop.svc.cluster.local', 'A', 'A 10.88.0.3'],
    ['10-88-0-4.db.shop.svc.cluster.local', 'A', 'A 10.88.0.4'],
    ['10-88-0-3.db.shop.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['db-7.db.shop.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['idle.shop.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['api.shop.svc.cluster.local', 'A', 'alias api.example.com'],
    ['api.shop.svc.cluster.local', 'AAAA', 'alias api.example.com'],
    ['x.api.shop.svc.cluster.local', 'A', 'NXDOMAIN'],
  ])('%s %s: %s', (name, type, expected) => {
    expect(ask(name, type)).toBe(expected);
  });
});

describe('ports', () => {
  it.each([
    ['_http._tcp.web.shop.svc.cluster.local', 'SRV', 'SRV 0 100 80 web.shop.svc.cluster.local'],
    ['_http._tcp.web.shop.svc.cluster.local', 'A', 'NODATA'],
    ['_http._udp.web.shop.svc.cluster.local', 'SRV', 'NXDOMAIN'],
    ['_https._tcp.web.shop.svc.cluster.local', 'SRV', 'NXDOMAIN'],
    ['_._tcp.nameless.shop.svc.cluster.local', 'SRV', 'NXDOMAIN'],
    ['_tcp.web.shop.svc.cluster.local', 'A', 'NODATA'],
    ['_udp.web.shop.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['web.shop.svc.cluster.local', 'SRV', 'SRV 0 100 80 web.shop.svc.cluster.local'],
    ['nameless.shop.svc.cluster.local', 'SRV', 'NODATA'],
    [
      '_sql._tcp.db.shop.svc.cluster.local',
      'SRV',
      'SRV 0 33 5432 db-0.db.shop.svc.cluster.local, SRV 0 33 5432 db-1.db.shop.svc.cluster.local, ' +
        'SRV 0 33 5432 10-88-0-4.db.shop.svc.cluster.local',
    ],
    ['_sql._tcp.idle.shop.svc.cluster.local', 'SRV', 'NXDOMAIN'],
  ])('%s %s: %s', (name, type, expected) => {
    expect(ask(name, type)).toBe(expected);
  });

  it('come with the addresses of their targets', () => {
    const answer = answerQuery({ name: '_sql._tcp.db.shop.svc.cluster.local', type: 'SRV' }, ZONE, SETTINGS);
    expect(answer.type === 'records' && answer.additionals.map(({ name, data }) => [name, data])).toEqual([
      ['db-0.db.shop.svc.cluster.local', '10.88.0.2'],
      ['db-1.db.shop.svc.cluster.local', '10.88.0.3'],
      ['10-88-0-4.db.shop.svc.cluster.local', '10.88.0.4'],
    ]);
  });
});

describe('everything else', () => {
  it.each([
    ['10-88-0-2.shop.pod.cluster.local', 'A', 'A 10.88.0.2'],
    ['10-88-0-2.shop.pod.cluster.local', 'AAAA', 'NODATA'],
    ['10-88-0-2.empty.pod.cluster.local', 'A', 'NXDOMAIN'],
    ['10-88-0-9.shop.pod.cluster.local', 'A', 'NXDOMAIN'],
    ['x.shop.pod.cluster.local', 'A', 'NXDOMAIN'],
    ['5.0.96.10.in-addr.arpa', 'PTR', 'PTR web.shop.svc.cluster.local'],
    ['2.0.88.10.in-addr.arpa', 'PTR', 'PTR db-0.db.shop.svc.cluster.local'],
    ['2.0.88.10.in-addr.arpa', 'A', 'NODATA'],
    ['9.0.88.10.in-addr.arpa', 'PTR', 'NXDOMAIN'],
    ['1.1.1.1.in-addr.arpa', 'PTR', 'foreign'],
    ['88.10.in-addr.arpa', 'PTR', 'foreign'],
    ['cluster.local', 'A', 'NODATA'],
    ['svc.cluster.local', 'A', 'NODATA'],
    ['shop.svc.cluster.local', 'A', 'NODATA'],
    ['nowhere.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['example.com.cluster.local', 'A', 'NXDOMAIN'],
    ['dns-version.cluster.local', 'TXT', 'TXT 1.1.0'],
    ['example.com', 'A', 'foreign'],
    ['notcluster.local', 'A', 'foreign'],
    ['', 'NS', 'foreign'],
  ])('%s %s: %s', (name, type, expected) => {
    expect(ask(name, type)).toBe(expected);
  });
});
