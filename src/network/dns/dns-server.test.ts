import dnsPacket from 'dns-packet';
import { expect, it } from 'vitest';
import { SimDnsSockets } from '../../host/sim/sim-dns-sockets.ts';
import { silentLogger } from '../../lib/logger.ts';
import { SeededRandom } from '../../lib/random.ts';
import { VirtualClock } from '../../lib/virtual-clock.ts';
import { pass } from '../testing.ts';
import { DnsServer } from './dns-server.ts';
import { Forwarder } from './forwarder.ts';
import type { ZoneData, ZoneService } from './zone-data.ts';

const NO_SERVICE: ZoneService = { clusterIp: undefined, externalName: undefined, ports: [], endpoints: [] };
const SERVICES: Record<string, ZoneService> = {
  web: { ...NO_SERVICE, clusterIp: '10.96.0.5' },
  outside: { ...NO_SERVICE, externalName: 'api.example.com' },
  inside: { ...NO_SERVICE, externalName: 'web.shop.svc.cluster.local' },
  twice: { ...NO_SERVICE, externalName: 'inside.shop.svc.cluster.local' },
  circle: { ...NO_SERVICE, externalName: 'circle.shop.svc.cluster.local' },
};
const ZONE: ZoneData = {
  service: (_namespace, name) => SERVICES[name],
  hasNamespace: () => true,
  hasPodAt: () => false,
  servicesAt: () => [],
  endpointsAt: () => [],
};

async function ask(name: string, type: 'A' | 'CNAME') {
  const clock = new VirtualClock();
  const random = new SeededRandom(1);
  const sockets = new SimDnsSockets({
    clock,
    random,
    upstreams: ['192.0.2.53'],
    answer: (_server, message) => {
      const { id = 0, questions = [] } = dnsPacket.decode(Buffer.from(message));
      const answers = [{ type: 'A', name: questions[0]?.name ?? '', ttl: 60, data: '203.0.113.5' } as const];
      return dnsPacket.encode({ type: 'response', id, questions, answers });
    },
  });
  const server = new DnsServer({
    zone: ZONE,
    settings: { clusterDomain: 'cluster.local', serviceCidr: '10.96.0.0/16', podCidr: '10.88.0.0/16' },
    forwarder: new Forwarder({ sockets, clock, random }),
    logger: silentLogger,
    durable: async () => {},
  });
  const listening = server.listen(sockets, '10.88.0.1');
  await pass(clock, 100);
  await listening;
  const query = dnsPacket.encode({
    type: 'query',
    id: 1,
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ name, type }],
  });
  const asking = sockets.ask({ address: '10.88.0.1', port: 53, clientAddress: '10.88.0.7' }, query);
  await pass(clock, 10_000);
  const packet = dnsPacket.decode(Buffer.from(await asking));
  const answers = (packet.answers ?? []).map((record) =>
    'data' in record ? `${record.type} ${String(record.data)}` : '',
  );
  return [...answers, `rcode ${(packet.flags ?? 0) & 15}`];
}

/** A service that stands for another name is answered with that name and its addresses. */
it.each<[string, 'A' | 'CNAME', string[]]>([
  ['outside', 'A', ['CNAME api.example.com', 'A 203.0.113.5', 'rcode 0']],
  ['outside', 'CNAME', ['CNAME api.example.com', 'rcode 0']],
  ['inside', 'A', ['CNAME web.shop.svc.cluster.local', 'A 10.96.0.5', 'rcode 0']],
  ['twice', 'A', ['CNAME inside.shop.svc.cluster.local', 'CNAME web.shop.svc.cluster.local', 'A 10.96.0.5', 'rcode 0']],
  ['circle', 'A', ['rcode 2']],
])('%s %s', async (name, type, expected) => {
  expect(await ask(`${name}.shop.svc.cluster.local`, type)).toEqual(expected);
});
