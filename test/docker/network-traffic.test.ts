import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { promisify } from 'node:util';
import dnsPacket from 'dns-packet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '../../src/api/client.ts';
import { createRegistry, REGISTRY_INDEXES, type Registry } from '../../src/api/index.ts';
import { linuxClock } from '../../src/host/linux/linux-clock.ts';
import { LinuxDnsSockets } from '../../src/host/linux/linux-dns-sockets.ts';
import { LinuxPacketRules } from '../../src/host/linux/linux-packet-rules.ts';
import { LinuxRandom } from '../../src/host/linux/linux-random.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { createNetwork, type Network, tableNameOf } from '../../src/network/index.ts';
import { sliceObject } from '../../src/network/testing.ts';
import { createDockerRuntime } from '../../src/runtime/docker/index.ts';
import { valueAt } from '../../src/runtime/docker/json-path.ts';
import { engineCall, ensureBusybox } from '../../src/runtime/docker/testing/engine-by-hand.ts';
import type { ContainerSpec, PodNetwork, Runtime } from '../../src/runtime/runtime.ts';
import { createMemoryStore } from '../../src/store/index.ts';

const IMAGE = 'busybox:1.36';
const NODE_PORT = 31_795;
const EMPTY_NODE_PORT = 31_796;
const VIP = { web: '10.96.77.1', alone: '10.96.77.2', empty: '10.96.77.3', sticky: '10.96.77.4', udp: '10.96.77.5' };
const READY = { ready: true, serving: true, terminating: false };
const run = promisify(execFile);

interface TestPod {
  readonly ip: string;
  readonly container: string;
}

let registry: Registry;
let client: Client;
let runtime: Runtime;
let podNetwork: PodNetwork;
let network: Network;
const packetRules = new LinuxPacketRules();
const pods: Record<string, TestPod> = {};

beforeAll(async () => {
  await ensureBusybox();
  const store = createMemoryStore({ indexes: REGISTRY_INDEXES });
  registry = createRegistry({ store, clock: linuxClock, random: new LinuxRandom() });
  client = registry.client({ user: 'test', fieldManager: 'test' });
  const { clusterUid } = registry;
  runtime = await createDockerRuntime({ clusterUid, log: silentLogger, avoidCidrs: ['10.96.0.0/16'] });
  podNetwork = await runtime.prepare();
  network = createNetwork({
    client,
    clock: linuxClock,
    random: new LinuxRandom(),
    logger: silentLogger,
    packetRules,
    dnsSockets: new LinuxDnsSockets(),
    clusterUid,
    nodeName: 'box',
    serviceCidr: '10.96.0.0/16',
    clusterDomain: 'cluster.local',
    podNetwork: () => podNetwork,
  });
  network.start();
  for (const name of ['a', 'b', 'visitor']) pods[name] = await startPod(name);
  createServices();
  openOutside();
  await until(async () => (await fetchFromHost(`http://${VIP.sticky}/cgi-bin/who`)).startsWith('pod-'));
});

afterAll(async () => {
  closeOutside();
  await network?.stop();
  await network?.removeEverything();
  await runtime?.removeEverything();
  await runtime?.close();
  registry?.close();
});

/** A web server that says its own name and the caller's address. */
async function startPod(name: string): Promise<TestPod> {
  const pod = { namespace: 'default', name, uid: randomUUID() };
  const sandbox = await runtime.runSandbox({
    pod,
    attempt: 0,
    hostname: `pod-${name}`,
    hostNetwork: false,
    portMappings: [],
    dns: {
      servers: [podNetwork.gateway],
      searches: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
      options: ['ndots:5'],
    },
    sysctls: {},
    labels: {},
  });
  const serve = [
    'mkdir -p /tmp/www/cgi-bin && cd /tmp/www',
    `printf '#!/bin/sh\\necho; echo "$(hostname) $REMOTE_ADDR" | tr -d "[]" | sed "s/::ffff://"\\n' > cgi-bin/who && chmod +x cgi-bin/who`,
    'exec httpd -f -p 8080 -h /tmp/www',
  ].join(' && ');
  const spec: ContainerSpec = {
    pod,
    sandboxId: sandbox.id,
    name: 'app',
    attempt: 0,
    image: IMAGE,
    command: ['sh', '-c', serve],
    env: [],
    mounts: [],
    resources: { oomScoreAdjust: 0 },
    security: {
      privileged: false,
      supplementalGroups: [],
      readOnlyRootFilesystem: false,
      capabilitiesAdd: [],
      capabilitiesDrop: [],
      noNewPrivileges: false,
    },
    tty: false,
    stdin: false,
    stdinOnce: false,
    log: { maxSizeBytes: 1_000_000, maxFiles: 2 },
    specHash: 'h',
    stopGraceMs: 30_000,
    labels: {},
  };
  const container = await runtime.createContainer(spec);
  await runtime.startContainer(container);
  return { ip: sandbox.ip, container };
}

function endpoints(...names: readonly string[]) {
  return names.map((name) => ({ addresses: [podOf(name).ip], conditions: READY, hostname: `host-${name}` }));
}

function podOf(name: string): TestPod {
  const pod = pods[name];
  if (pod === undefined) throw new Error(`there is no pod ${name}`);
  return pod;
}

function createServices(): void {
  const create = (name: string, spec: object, names: readonly string[]) => {
    client.create({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' }, spec });
    client.create(sliceObject(name, endpoints(...names)));
  };
  const http = { port: 80, targetPort: 8080 };
  create('web', { type: 'NodePort', clusterIP: VIP.web, ports: [{ ...http, nodePort: NODE_PORT }] }, ['a', 'b']);
  create('alone', { clusterIP: VIP.alone, ports: [http] }, ['a']);
  create('empty', { type: 'NodePort', clusterIP: VIP.empty, ports: [{ ...http, nodePort: EMPTY_NODE_PORT }] }, []);
  create('sticky', { clusterIP: VIP.sticky, ports: [http], sessionAffinity: 'ClientIP' }, ['a', 'b']);
  create('headless', { clusterIP: 'None', ports: [http] }, ['a', 'b']);
  const udp = [{ name: '', port: 5353, protocol: 'UDP' as const }];
  client.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'udp', namespace: 'default' },
    spec: { clusterIP: VIP.udp, ports: [{ port: 53, protocol: 'UDP' }] },
  });
  client.create(sliceObject('udp', endpoints('a'), udp));
}

/** The process that holds the pod's network. */
async function processOf(name: string): Promise<string> {
  return String(valueAt(await engineCall('GET', `/containers/${podOf(name).container}/json`), 'State', 'Pid'));
}

function sendUdp(text: string, address: string): Promise<string> {
  const socket = createSocket('udp4');
  return new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer')), 300);
    socket.on('message', (message) => {
      clearTimeout(timer);
      resolve(message.toString());
    });
    socket.send(text, 53, address);
  }).finally(() => socket.close());
}

/** A machine beside this one: a network namespace at the other end of a cable. */
const OUTSIDE = {
  namespace: `berth-out-${process.pid}`,
  link: 'berthtest0',
  host: '198.18.77.1',
  address: '198.18.77.2',
};

function openOutside(): void {
  const { namespace, link, host, address } = OUTSIDE;
  const ip = (...args: readonly string[]) => execFileSync('ip', args);
  ip('netns', 'add', namespace);
  ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
  ip('addr', 'add', `${host}/30`, 'dev', link);
  ip('link', 'set', link, 'up');
  ip('-n', namespace, 'addr', 'add', `${address}/30`, 'dev', 'eth0');
  ip('-n', namespace, 'link', 'set', 'eth0', 'up');
  ip('-n', namespace, 'route', 'add', 'default', 'via', host);
}

function closeOutside(): void {
  // Either of them may not have come into being.
  for (const args of [
    ['link', 'del', OUTSIDE.link],
    ['netns', 'del', OUTSIDE.namespace],
  ]) {
    spawnSync('ip', args);
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await condition().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it did not come to that');
}

/** What a command in a pod prints, on either stream. */
async function inPod(name: string, command: string): Promise<string> {
  let out = '';
  const session = await runtime.exec(podOf(name).container, {
    command: ['sh', '-c', command],
    tty: false,
    stdin: false,
    onOutput: (_stream, chunk) => {
      out += new TextDecoder().decode(chunk);
    },
  });
  await session.exitCode;
  return out.trim();
}

function fetchFromPod(name: string, url: string): Promise<string> {
  return inPod(name, `timeout 5 wget -q -O - ${url}`);
}

async function fetchFromHost(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000), headers: { connection: 'close' } });
  return (await response.text()).trim();
}

async function fetchFromOutside(url: string): Promise<string> {
  const { stdout, stderr } = await run('ip', [
    'netns',
    'exec',
    OUTSIDE.namespace,
    'timeout',
    '5',
    '/bin/busybox',
    'wget',
    '-q',
    '-O',
    '-',
    url,
  ]).catch((error: { stdout: string; stderr: string }) => error);
  return `${stdout}${stderr}`.trim();
}

async function within(limitMs: number, body: () => Promise<unknown>): Promise<void> {
  const startMs = performance.now();
  await body();
  expect(performance.now() - startMs).toBeLessThan(limitMs);
}

describe('connections arrive', () => {
  test('from a pod at a service, and the endpoint sees the pod', async () => {
    expect(await fetchFromPod('visitor', `http://${VIP.alone}/cgi-bin/who`)).toBe(`pod-a ${podOf('visitor').ip}`);
  });

  test('at all endpoints of a service', async () => {
    const command = `for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do timeout 5 wget -q -O - http://${VIP.web}/cgi-bin/who; done`;
    const seen = new Set((await inPod('visitor', command)).split('\n').map((line) => line.split(' ')[0]));
    expect([...seen].sort()).toEqual(['pod-a', 'pod-b']);
  });

  test('from a pod at itself', async () => {
    await until(async () => (await fetchFromPod('a', `http://${VIP.alone}/cgi-bin/who`)).startsWith('pod-a'));
    expect(await fetchFromPod('a', `http://${VIP.alone}/cgi-bin/who`)).toBe(`pod-a ${podNetwork.gateway}`);
  });

  test('from the host at a service', async () => {
    expect(await fetchFromHost(`http://${VIP.alone}/cgi-bin/who`)).toMatch(/^pod-a /);
  });

  test.each([
    ['the address of the node', () => OUTSIDE.host],
    ['127.0.0.1', () => '127.0.0.1'],
    ['the gateway of the pods', () => podNetwork.gateway],
  ])('from the host at a node port on %s', async (_name, address) => {
    expect(await fetchFromHost(`http://${address()}:${NODE_PORT}/cgi-bin/who`)).toMatch(/^pod-[ab] /);
  });

  test('from a pod at a node port', async () => {
    expect(await fetchFromPod('visitor', `http://${OUTSIDE.host}:${NODE_PORT}/cgi-bin/who`)).toMatch(/^pod-[ab] /);
  });

  test('from another machine at a node port, and the endpoint sees that machine', async () => {
    const answer = await fetchFromOutside(`http://${OUTSIDE.host}:${NODE_PORT}/cgi-bin/who`);
    expect(answer).toMatch(new RegExp(`^pod-[ab] ${OUTSIDE.address}$`));
  });

  test('over UDP', async () => {
    const echo = `const s = require('node:dgram').createSocket('udp4');
      s.on('message', (m, from) => s.send(m, from.port, from.address)).bind(5353)`;
    const server = spawn('nsenter', [`--net=/proc/${await processOf('a')}/ns/net`, process.execPath, '-e', echo]);
    try {
      await until(async () => (await sendUdp('hello', VIP.udp)) === 'hello');
    } finally {
      server.kill();
    }
  });

  test('always at the same endpoint, where the service says so', async () => {
    const command = `for i in 1 2 3 4 5 6 7 8 9 10 11 12; do timeout 5 wget -q -O - http://${VIP.sticky}/cgi-bin/who; done`;
    expect(new Set((await inPod('visitor', command)).split('\n')).size).toBe(1);
  });
});

describe('connections are refused at once', () => {
  test.each([
    ['a service without endpoints', `${VIP.empty}:80`],
    ['a port that the service does not have', `${VIP.web}:81`],
    ['a node port without endpoints', `${OUTSIDE.host}:${EMPTY_NODE_PORT}`],
  ])('%s', async (_name, place) => {
    await within(1_000, async () => {
      expect(await fetchFromPod('visitor', `http://${place}/`)).toMatch(/refused/);
    });
    await within(1_000, () =>
      expect(fetchFromHost(`http://${place}/`)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } }),
    );
  });

  test('a node port without endpoints, from another machine', async () => {
    await within(1_000, async () => {
      expect(await fetchFromOutside(`http://${OUTSIDE.host}:${EMPTY_NODE_PORT}/`)).toMatch(/refused/);
    });
  });
});

test('a pod does not reach what listens on the host’s own loopback', async () => {
  // As somebody with all rights in the pod would do it: what is for 127.0.0.1 goes to the host.
  const script = [
    'ip addr add 198.18.78.1/32 dev eth0',
    'ip route flush table local',
    `ip route add 127.0.0.1/32 via ${podNetwork.gateway} dev eth0 src ${podOf('visitor').ip}`,
    `ip route add local ${podOf('visitor').ip}/32 dev eth0 table local`,
    'echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet',
    'ip route get 127.0.0.1',
    `timeout 2 /bin/busybox wget -q -O - http://127.0.0.1:${NODE_PORT}/cgi-bin/who`,
  ];
  const tried = spawnSync(
    'nsenter',
    [`--net=/proc/${await processOf('visitor')}/ns/net`, 'sh', '-c', script.join('; ')],
    {
      encoding: 'utf8',
    },
  );
  expect(tried.stdout).toContain(`127.0.0.1 via ${podNetwork.gateway} dev eth0`);
  expect(tried.stdout).not.toContain('pod-');
  expect(tried.status).toBe(124);
});

describe('names', () => {
  test('are found by pods, short and long', async () => {
    expect(await fetchFromPod('a', 'http://web/cgi-bin/who')).toMatch(/^pod-[ab] /);
    expect(await fetchFromPod('a', 'http://web.default.svc.cluster.local/cgi-bin/who')).toMatch(/^pod-[ab] /);
  });

  test('of a headless service are those of its endpoints', async () => {
    const answer = await inPod('a', 'nslookup headless.default.svc.cluster.local');
    expect(answer).toContain(podOf('a').ip);
    expect(answer).toContain(podOf('b').ip);
    expect(await fetchFromPod('a', 'http://host-b.headless:8080/cgi-bin/who')).toMatch(/^pod-b /);
  });

  test('that are none are denied at once', async () => {
    await within(2_000, async () => {
      expect(await inPod('a', 'nslookup nothing.default.svc.cluster.local')).toMatch(/NXDOMAIN/);
    });
  });

  test.each(['udp', 'tcp'] as const)('are answered to the host over %s, too', async (transport) => {
    const questions = [{ type: 'A', name: 'web.default.svc.cluster.local' } as const];
    const query = dnsPacket.encode({ type: 'query', id: 7, questions });
    const options = { transport, timeoutMs: 2_000, isAnswer: () => true };
    const answer = await new LinuxDnsSockets().exchange(podNetwork.gateway, query, options);
    expect(dnsPacket.decode(Buffer.from(answer)).answers).toMatchObject([{ type: 'A', data: VIP.web }]);
  });

  test('pass a firewall that drops what it was not told of', async () => {
    const drop = ['INPUT', '-i', podNetwork.bridge, '-j', 'DROP'];
    execFileSync('iptables', ['-w', '-A', ...drop]);
    try {
      expect(await inPod('a', 'nslookup web.default.svc.cluster.local')).toContain(VIP.web);
    } finally {
      execFileSync('iptables', ['-w', '-D', ...drop]);
    }
  });
});

describe('rules', () => {
  test('follow the endpoints', async () => {
    const name = client.list('EndpointSlice').find(({ metadata }) => metadata.name === 'alone-1');
    if (name === undefined) throw new Error('the slice is gone');
    client.update({ ...name, endpoints: endpoints('b') });
    await until(async () => (await fetchFromHost(`http://${VIP.alone}/cgi-bin/who`)).startsWith('pod-b'));
    client.update({
      ...name,
      metadata: { name: 'alone-1', namespace: 'default', labels: name.metadata.labels ?? {} },
      endpoints: endpoints('a'),
    });
    await until(async () => (await fetchFromHost(`http://${VIP.alone}/cgi-bin/who`)).startsWith('pod-a'));
  });

  test('are complete: nothing is to be reported but a missing conntrack', () => {
    expect(network.problems().filter(({ help }) => help !== 'install conntrack')).toEqual([]);
  });

  test('come back when somebody deleted them, with the next change at the latest', async () => {
    execFileSync('nft', ['delete', 'table', 'ip', tableNameOf(registry.clusterUid)]);
    client.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'later', namespace: 'default' },
      spec: { ports: [{ port: 80 }] },
    });
    await until(async () => (await fetchFromHost(`http://${VIP.web}/cgi-bin/who`)).startsWith('pod-'));
  });

  test('outlive Berth, and go with the cluster', async () => {
    await network.stop();
    expect(await fetchFromHost(`http://${VIP.web}/cgi-bin/who`)).toMatch(/^pod-/);
    await network.removeEverything();
    expect(await packetRules.readTable(tableNameOf(registry.clusterUid))).toBeUndefined();
    expect(execFileSync('iptables', ['-w', '-S'], { encoding: 'utf8' })).not.toContain(registry.clusterUid);
  });
});
