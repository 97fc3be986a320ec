import dnsPacket, { type DecodedPacket, type OptAnswer, type Packet } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTestRegistry, service } from '../../api/testing.ts';
import type { DnsTransport } from '../../host/dns-socket.ts';
import { SimDnsSockets } from '../../host/sim/sim-dns-sockets.ts';
import { LIMITS } from '../../lib/limits.ts';
import { silentLogger } from '../../lib/logger.ts';
import { pass, sliceObject } from '../testing.ts';
import { NameService } from './name-service.ts';

const NETWORK = { bridge: 'berth-test', cidr: '10.88.0.0/16', gateway: '10.88.0.1' };
const READY = { ready: true, serving: true, terminating: false };
const POD = '10.88.0.7';

type Upstream = (server: string, message: Uint8Array, transport: DnsTransport) => Uint8Array | undefined;

async function world(
  options: { answer?: Upstream; upstreams?: readonly string[]; refuse?: () => string | undefined } = {},
) {
  const { client, clock, random } = createTestRegistry();
  const asked: string[] = [];
  const sockets = new SimDnsSockets({
    clock,
    random,
    upstreams: ['192.0.2.53', '192.0.2.54'],
    ownAddresses: ['192.0.2.2'],
    ...options,
    answer: (server, message, transport) => {
      asked.push(`${server} ${transport}`);
      return options.answer?.(server, message, transport);
    },
  });
  const names = new NameService({
    client,
    clock,
    random,
    logger: silentLogger,
    sockets,
    clusterDomain: 'cluster.local',
    serviceCidr: '10.96.0.0/16',
  });
  names.useNetwork(NETWORK);
  await pass(clock, 100);
  const send = async (message: Uint8Array, transport: DnsTransport = 'udp', clientAddress = POD) => {
    let reply: Uint8Array | undefined;
    void sockets.ask({ address: NETWORK.gateway, port: 53, clientAddress }, message, transport).then((answer) => {
      reply = answer;
    });
    await pass(clock, 20_000);
    return reply;
  };
  const ask = async (
    name: string,
    type: Query['type'] = 'A',
    more: Partial<Packet> = {},
    transport: DnsTransport = 'udp',
  ) => {
    const reply = await send(query(name, type, more), transport);
    if (reply === undefined) throw new Error('no answer came');
    return { ...summarize(dnsPacket.decode(Buffer.from(reply))), size: reply.length };
  };
  return { client, clock, names, sockets, asked, send, ask };
}

type Query = NonNullable<Packet['questions']>[number];

function query(name: string, type: Query['type'] = 'A', more: Partial<Packet> = {}): Uint8Array {
  return dnsPacket.encode({
    type: 'query',
    id: 4711,
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ name, type }],
    ...more,
  });
}

function summarize(packet: DecodedPacket) {
  return {
    id: packet.id,
    rcode: (packet.flags ?? 0) & 15,
    isAuthoritative: packet.flag_aa,
    isTruncated: packet.flag_tc,
    answers: (packet.answers ?? []).map((record) =>
      'data' in record ? `${record.type} ${String(record.data)}` : record.type,
    ),
    ttls: (packet.answers ?? []).map((record) => ('ttl' in record ? record.ttl : undefined)),
    authorities: (packet.authorities ?? []).map(({ type }) => type),
    additionals: (packet.additionals ?? []).map(({ type }) => type),
  };
}

/** What a name server of the outside says: this address for whatever is asked. */
function answering(address: string, ttl = 300, flags = 0): Upstream {
  return (_server, message) => {
    const { id, questions } = dnsPacket.decode(Buffer.from(message));
    const name = questions?.[0]?.name ?? '';
    return dnsPacket.encode({
      type: 'response',
      flags,
      ...(id === undefined ? {} : { id }),
      ...(questions === undefined ? {} : { questions }),
      answers: [{ type: 'A', name, ttl, data: address }],
    });
  };
}

describe('names of the cluster', () => {
  it('are answered with authority and a short life', async () => {
    const { client, ask, asked } = await world();
    client.create(service('web', { clusterIP: '10.96.0.5' }));
    expect(await ask('web.default.svc.cluster.local')).toMatchObject({
      id: 4711,
      rcode: 0,
      isAuthoritative: true,
      answers: ['A 10.96.0.5'],
      ttls: [5],
    });
    expect(await ask('web.default.svc.cluster.local', 'AAAA')).toMatchObject({
      rcode: 0,
      answers: [],
      authorities: ['SOA'],
    });
    expect(await ask('nope.default.svc.cluster.local')).toMatchObject({ rcode: 3, answers: [], authorities: ['SOA'] });
    expect(asked).toEqual([]);
  });

  it('lead to another endpoint first each time', async () => {
    const { client, ask } = await world();
    client.create(service('db', { clusterIP: 'None' }));
    const addresses = ['10.88.0.2', '10.88.0.3', '10.88.0.4'];
    client.create(
      sliceObject(
        'db',
        addresses.map((address) => ({ addresses: [address], conditions: READY })),
      ),
    );
    const first = new Set<string | undefined>();
    for (let turn = 0; turn < 3; turn++) first.add((await ask('db.default.svc.cluster.local')).answers[0]);
    expect([...first].sort()).toEqual(addresses.map((address) => `A ${address}`));
  });

  it('that do not fit into a packet are cut, and whole over TCP or for who takes larger ones', async () => {
    const { client, ask } = await world();
    client.create(service('db', { clusterIP: 'None' }));
    const addresses = Array.from({ length: 60 }, (_, index) => `10.88.1.${index + 1}`);
    client.create(
      sliceObject(
        'db',
        addresses.map((address) => ({ addresses: [address], conditions: READY })),
      ),
    );
    const name = 'db.default.svc.cluster.local';
    const cut = await ask(name);
    expect(cut).toMatchObject({ isTruncated: true });
    expect(cut.size).toBeLessThanOrEqual(512);
    expect(cut.answers.length).toBeGreaterThan(5);
    const opt: OptAnswer = {
      type: 'OPT',
      name: '.',
      udpPayloadSize: 4096,
      extendedRcode: 0,
      ednsVersion: 0,
      flags: 0,
      flag_do: false,
      options: [],
    };
    const larger = await ask(name, 'A', { additionals: [opt] });
    expect(larger).toMatchObject({ isTruncated: true, additionals: ['OPT'] });
    expect(larger.size).toBeGreaterThan(512);
    expect(larger.size).toBeLessThanOrEqual(1232);
    const whole = await ask(name, 'A', {}, 'tcp');
    expect(whole).toMatchObject({ isTruncated: false });
    expect(whole.answers).toHaveLength(60);
  });
});

describe('other names', () => {
  it('are asked of the host’s name servers, and remembered', async () => {
    const { clock, ask, asked } = await world({ answer: answering('203.0.113.5') });
    expect(await ask('example.com')).toMatchObject({ id: 4711, rcode: 0, answers: ['A 203.0.113.5'], ttls: [300] });
    const again = await ask('example.com', 'A', { id: 5 });
    expect(again).toMatchObject({ id: 5, answers: ['A 203.0.113.5'] });
    // Twenty seconds less than at the first answer, and that one took up to a second.
    expect([280, 281]).toContain(again.ttls[0]);
    expect(asked).toEqual(['192.0.2.53 udp']);
    await pass(clock, LIMITS.dnsCacheMs);
    await ask('example.com');
    expect(asked).toHaveLength(2);
  });

  it('are asked of the next one when one is silent or fails, and then of that first', async () => {
    const good = answering('203.0.113.5', 0);
    const failing = answering('203.0.113.5', 0, 2);
    let first: 'silent' | 'failing' = 'silent';
    const { ask, asked } = await world({
      answer: (server, message, transport) => {
        if (server === '192.0.2.54') return good(server, message, transport);
        return first === 'failing' ? failing(server, message, transport) : undefined;
      },
    });
    expect(await ask('example.com')).toMatchObject({ rcode: 0, answers: ['A 203.0.113.5'] });
    expect(asked).toEqual(['192.0.2.53 udp', '192.0.2.54 udp']);
    first = 'failing';
    await ask('example.org');
    expect(asked.slice(2)).toEqual(['192.0.2.54 udp']);
  });

  it('fail when no name server answers, and where there is none', async () => {
    expect(await (await world()).ask('example.com')).toMatchObject({ id: 4711, rcode: 2, answers: [] });
    expect(await (await world({ upstreams: [] })).ask('example.com')).toMatchObject({ rcode: 2 });
  });

  it('take no answer to another question', async () => {
    const other = answering('203.0.113.6');
    const { ask } = await world({
      answer: (server, message, transport) => {
        const forged = query('example.net');
        forged.set(message.subarray(0, 2));
        return other(server, forged, transport);
      },
    });
    expect(await ask('example.com')).toMatchObject({ rcode: 2 });
  });

  it('are asked over TCP when the client does', async () => {
    const { ask, asked } = await world({ answer: answering('203.0.113.5') });
    await ask('example.com', 'A', {}, 'tcp');
    expect(asked).toEqual(['192.0.2.53 tcp']);
  });
});

describe('who is answered', () => {
  it.each([
    ['a pod', POD, true],
    ['the machine itself', '192.0.2.2', true],
    ['a stranger', '198.51.100.9', false],
  ])('%s', async (_name, clientAddress, isAnswered) => {
    const { client, send } = await world();
    client.create(service('web', { clusterIP: '10.96.0.5' }));
    expect((await send(query('web.default.svc.cluster.local'), 'udp', clientAddress)) !== undefined).toBe(isAnswered);
  });

  it('not who sends answers, or less than a header', async () => {
    const { send } = await world();
    expect(await send(dnsPacket.encode({ type: 'response', id: 1 }))).toBeUndefined();
    expect(await send(new Uint8Array(11))).toBeUndefined();
  });

  it('with what is wrong, who asks something else', async () => {
    const { send } = await world();
    const rcodeOf = async (message: Uint8Array) => ((await send(message))?.[3] ?? 99) & 15;
    const update = query('x.cluster.local');
    update[2] = 5 << 3;
    expect(await rcodeOf(update)).toBe(4);
    expect(await rcodeOf(dnsPacket.encode({ type: 'query', id: 1, questions: [] }))).toBe(1);
    const chaos = { type: 'TXT', class: 'CH', name: 'version.bind' } as const;
    expect(await rcodeOf(dnsPacket.encode({ type: 'query', id: 1, questions: [chaos] }))).toBe(5);
    expect(await rcodeOf(Uint8Array.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 63, 1]))).toBe(1);
  });

  it('and no bytes bring it down', async () => {
    const { send, client } = await world({ answer: (_server, message) => message });
    client.create(service('web', { clusterIP: '10.96.0.5' }));
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 80 }), async (bytes) => {
        await send(bytes);
        expect(await send(query('web.default.svc.cluster.local'))).toBeDefined();
      }),
      { numRuns: 100, seed: 1 },
    );
  });
});

it('listens once it can, and says meanwhile why it cannot', async () => {
  let code: string | undefined = 'EADDRNOTAVAIL';
  const { names, clock, client, ask } = await world({ refuse: () => code });
  expect(names.problems()).toMatchObject([{ code: 'DnsUnavailable', object: '10.88.0.1:53' }]);
  code = 'EADDRINUSE';
  await pass(clock, 5_000);
  expect(names.problems()[0]?.help).toContain('ss -lnp');
  code = undefined;
  await pass(clock, 5_000);
  expect(names.problems()).toEqual([]);
  client.create(service('web', { clusterIP: '10.96.0.5' }));
  expect(await ask('web.default.svc.cluster.local')).toMatchObject({ answers: ['A 10.96.0.5'] });
  await names.stop();
});
