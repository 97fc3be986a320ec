import { afterEach, describe, expect, it } from 'vitest';
import { REGISTRY_INDEXES } from '../../api/index.ts';
import { createTestRegistry, referenceTo, service } from '../../api/testing.ts';
import type { PacketRulesProbe } from '../../host/packet-rules.ts';
import { SimPacketRules } from '../../host/sim/sim-packet-rules.ts';
import { silentLogger } from '../../lib/logger.ts';
import { VirtualClock } from '../../lib/virtual-clock.ts';
import { createMemoryStore } from '../../store/index.ts';
import { removeNetwork } from '../remove-network.ts';
import { tableNameOf } from '../render-nft.ts';
import { pass, sliceObject } from '../testing.ts';
import { ServiceProxy } from './service-proxy.ts';

const NETWORK = { bridge: 'berth-test', cidr: '10.88.0.0/16', gateway: '10.88.0.1' };
const READY = { ready: true, serving: true, terminating: false };
const proxies: ServiceProxy[] = [];

afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy.stop();
});

function at(...addresses: readonly string[]) {
  return addresses.map((address) => ({ addresses: [address], conditions: READY }));
}

function world(options: { probe?: () => PacketRulesProbe; fault?: () => string | undefined; syncMs?: number } = {}) {
  const clock = new VirtualClock();
  const { syncMs } = options;
  const store = createMemoryStore({
    indexes: REGISTRY_INDEXES,
    clock,
    ...(syncMs === undefined ? {} : { syncDelayMs: () => syncMs }),
  });
  const { registry, client, random } = createTestRegistry({ clock, store });
  const packetRules = new SimPacketRules({ ...options, clock, random });
  const { clusterUid } = registry;
  const proxy = new ServiceProxy({
    client,
    clock,
    random,
    logger: silentLogger,
    packetRules,
    clusterUid,
    nodeName: 'box',
  });
  proxies.push(proxy);
  const table = tableNameOf(clusterUid);
  const endpoints = () => packetRules.tables.endpointsOf(table, '10.96.0.5', 'tcp', 80);
  return { clock, client, proxy, packetRules, table, endpoints, clusterUid };
}

const WEB = service('web', { clusterIP: '10.96.0.5', type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] });

describe('with packet rules', () => {
  it('programs what there is, and each change after it', async () => {
    const { clock, client, proxy, packetRules, table, endpoints } = world();
    client.create(WEB);
    const slice = client.create(sliceObject('web', at('10.88.0.2')));
    proxy.useNetwork(NETWORK);
    await pass(clock, 100);
    expect(endpoints()).toEqual(['10.88.0.2:8080']);
    expect(packetRules.tables.nodePortEndpointsOf(table, 'tcp', 30080)).toEqual(['10.88.0.2:8080']);
    client.update({ ...slice, endpoints: at('10.88.0.3', '10.88.0.4') });
    await pass(clock, 100);
    expect(endpoints()).toEqual(['10.88.0.3:8080', '10.88.0.4:8080']);
    client.delete(referenceTo(WEB));
    await pass(clock, 100);
    expect(packetRules.tables.format(table).filter((line) => line.startsWith('element'))).toEqual([]);
    expect(proxy.problems()).toEqual([]);
  });

  it('sends traffic to the endpoints of its zone, also when the node gets another one', async () => {
    const { clock, client, proxy, endpoints } = world();
    const labels = (zone: string) => ({ 'topology.kubernetes.io/zone': zone });
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'box', labels: labels('a') } };
    client.create(node);
    client.create(WEB);
    const hinted = (address: string, zone: string) => ({
      ...{ addresses: [address], conditions: READY },
      hints: { forZones: [{ name: zone }] },
    });
    client.create(sliceObject('web', [hinted('10.88.0.2', 'a'), hinted('10.88.0.3', 'b')]));
    proxy.useNetwork(NETWORK);
    await pass(clock, 100);
    expect(endpoints()).toEqual(['10.88.0.2:8080']);
    client.patch(referenceTo(node), 'merge', { metadata: { labels: labels('b') } });
    await pass(clock, 100);
    expect(endpoints()).toEqual(['10.88.0.3:8080']);
  });

  it('takes the first change at once, and many that follow together', async () => {
    const { clock, client, proxy, packetRules } = world();
    client.create(WEB);
    proxy.useNetwork(NETWORK);
    await pass(clock, 1_000);
    const before = packetRules.transactions;
    let slice = client.create(sliceObject('web', at('10.88.0.2')));
    await pass(clock, 25);
    expect(packetRules.transactions).toBe(before + 1);
    for (let last = 3; last < 23; last++) {
      slice = client.update({ ...slice, endpoints: at(`10.88.0.${last}`) });
      await pass(clock, 1);
    }
    await pass(clock, 200);
    expect(packetRules.transactions).toBeLessThanOrEqual(before + 3);
  });

  it('programs nothing that a crash could take back', async () => {
    const { clock, client, proxy, endpoints } = world({ syncMs: 500 });
    proxy.useNetwork(NETWORK);
    await pass(clock, 2_000);
    client.create(WEB);
    client.create(sliceObject('web', at('10.88.0.2')));
    await pass(clock, 400);
    expect(endpoints()).toEqual([]);
    await pass(clock, 1_500);
    expect(endpoints()).toEqual(['10.88.0.2:8080']);
  });

  it('does nothing while nothing changes', async () => {
    const { clock, client, proxy, packetRules } = world();
    client.create(WEB);
    proxy.useNetwork(NETWORK);
    await pass(clock, 1_000);
    const before = packetRules.transactions;
    await pass(clock, 3_600_000);
    expect(packetRules.transactions).toBe(before);
  });

  it('sets everything anew when somebody took it away: at the next change, or within half a minute', async () => {
    const { clock, client, proxy, packetRules, endpoints } = world();
    client.create(WEB);
    const slice = client.create(sliceObject('web', at('10.88.0.2')));
    proxy.useNetwork(NETWORK);
    await pass(clock, 1_000);
    packetRules.tables.flushRuleset();
    client.update({ ...slice, endpoints: at('10.88.0.3') });
    await pass(clock, 100);
    expect(endpoints()).toEqual(['10.88.0.3:8080']);
    packetRules.tables.flushRuleset();
    await pass(clock, 35_000);
    expect(endpoints()).toEqual(['10.88.0.3:8080']);
  });

  it('says what is refused, keeps the former rules and tries again', async () => {
    let fault: string | undefined;
    const { clock, client, proxy, endpoints } = world({ fault: () => fault });
    client.create(WEB);
    const slice = client.create(sliceObject('web', at('10.88.0.2')));
    proxy.useNetwork(NETWORK);
    await pass(clock, 1_000);
    fault = 'Cannot allocate memory';
    client.update({ ...slice, endpoints: at('10.88.0.3') });
    await pass(clock, 10_000);
    expect(endpoints()).toEqual(['10.88.0.2:8080']);
    expect(proxy.problems()).toMatchObject([{ code: 'PacketRulesFailed', detail: 'Cannot allocate memory' }]);
    fault = undefined;
    await pass(clock, 60_000);
    expect(endpoints()).toEqual(['10.88.0.3:8080']);
    expect(proxy.problems()).toEqual([]);
  });

  it('forgets UDP flows to an endpoint that went', async () => {
    const { clock, client, proxy, packetRules } = world();
    const ports = [{ name: '', port: 5353, protocol: 'UDP' as const }];
    client.create(service('dns', { clusterIP: '10.96.0.9', ports: [{ port: 53, protocol: 'UDP' }] }));
    const slice = client.create(sliceObject('dns', at('10.88.0.2', '10.88.0.3'), ports));
    proxy.useNetwork(NETWORK);
    await pass(clock, 1_000);
    packetRules.forgotten.splice(0);
    client.update({ ...slice, endpoints: at('10.88.0.3') });
    await pass(clock, 1_000);
    expect(packetRules.forgotten).toEqual([{ protocol: 'udp', address: '10.96.0.9', port: 53, endpoint: '10.88.0.2' }]);
  });

  it('leaves its rules in force when it stops, and none when the cluster goes', async () => {
    const { clock, client, proxy, packetRules, table, clusterUid } = world();
    client.create(WEB);
    proxy.useNetwork(NETWORK);
    await pass(clock, 1_000);
    await proxy.stop();
    expect(packetRules.tables.names).toEqual([table]);
    const removing = removeNetwork(packetRules, clusterUid);
    await pass(clock, 1_000);
    await removing;
    expect(packetRules.tables.names).toEqual([]);
  });
});

const RIVAL_TABLE = 'berth_ffffffff';
/** The rules of another Berth on the machine, with a node port. */
const RIVAL = [
  `add table ip ${RIVAL_TABLE}`,
  `add map ip ${RIVAL_TABLE} node_ports { type inet_proto . inet_service : verdict; }`,
  `add chain ip ${RIVAL_TABLE} svc`,
  `add element ip ${RIVAL_TABLE} node_ports { tcp . 30080 : goto svc }`,
].join('\n');

it('says when another Berth on this machine has the same node port', async () => {
  const { clock, client, proxy, packetRules } = world();
  packetRules.tables.apply(RIVAL);
  client.create(WEB);
  proxy.useNetwork(NETWORK);
  await pass(clock, 1_000);
  expect(proxy.problems()).toMatchObject([{ code: 'NodePortBusy', object: 'Service/default/web' }]);
  expect(proxy.problems()[0]?.help).toContain(`nft delete table ip ${RIVAL_TABLE}`);
  packetRules.tables.apply(`delete table ip ${RIVAL_TABLE}`);
  await pass(clock, 180_000);
  expect(proxy.problems()).toEqual([]);
});

it('says at once when a Service that is added has the node port of another Berth', async () => {
  const { clock, client, proxy, packetRules } = world();
  packetRules.tables.apply(RIVAL);
  proxy.useNetwork(NETWORK);
  await pass(clock, 1_000);
  expect(proxy.problems()).toEqual([]);
  client.create(WEB);
  await pass(clock, 1_000);
  expect(proxy.problems()).toMatchObject([{ code: 'NodePortBusy', object: 'Service/default/web' }]);
});

describe('without packet rules', () => {
  const missing: PacketRulesProbe = { usable: false, reason: 'missing', detail: 'the program nft is not there' };

  it('carries TCP itself and says what is missing', async () => {
    const { clock, client, proxy, packetRules } = world({ probe: () => missing });
    client.create(WEB);
    const slice = client.create(sliceObject('web', at('10.88.0.2')));
    proxy.useNetwork(NETWORK);
    await pass(clock, 1_000);
    expect([...packetRules.relays.keys()].sort()).toEqual(['0.0.0.0:30080', '10.96.0.5:80']);
    const pick = () => packetRules.relays.get('0.0.0.0:30080')?.pick('192.0.2.9');
    expect(pick()).toEqual({ address: '10.88.0.2', port: 8080 });
    client.update({ ...slice, endpoints: [] });
    await pass(clock, 1_000);
    expect(pick()).toBeUndefined();
    expect(proxy.problems().map(({ code }) => code)).toEqual(['PacketRulesMissing']);
    client.delete(referenceTo(WEB));
    await pass(clock, 1_000);
    expect([...packetRules.relays.keys()]).toEqual([]);
  });

  it('keeps a client at its endpoint where the service says so', async () => {
    const { clock, client, proxy, packetRules } = world({ probe: () => missing });
    client.create(service('web', { clusterIP: '10.96.0.5', sessionAffinity: 'ClientIP' }));
    client.create(sliceObject('web', at('10.88.0.2', '10.88.0.3', '10.88.0.4')));
    proxy.useNetwork(NETWORK);
    await pass(clock, 1_000);
    const picked = Array.from({ length: 50 }, () => packetRules.relays.get('10.96.0.5:80')?.pick('192.0.2.9')?.address);
    expect(new Set(picked).size).toBe(1);
  });

  it('goes over to packet rules once they can be had', async () => {
    let probe: PacketRulesProbe = missing;
    const { clock, client, proxy, packetRules, endpoints } = world({ probe: () => probe });
    client.create(WEB);
    client.create(sliceObject('web', at('10.88.0.2')));
    proxy.useNetwork(NETWORK);
    await pass(clock, 1_000);
    probe = { usable: true, version: '1.0.6' };
    await pass(clock, 180_000);
    expect(endpoints()).toEqual(['10.88.0.2:8080']);
    expect([...packetRules.relays.keys()]).toEqual([]);
    expect(proxy.problems()).toEqual([]);
  });
});
