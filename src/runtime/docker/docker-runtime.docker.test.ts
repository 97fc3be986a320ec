import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../lib/logger.ts';
import type { ContainerSpec, Runtime, SandboxSpec } from '../runtime.ts';
import { createDockerRuntime } from './index.ts';
import { textAt, valueAt } from './json-path.ts';
import { networkNameOf } from './pod-network.ts';
import { engineCall, ensureBusybox } from './testing/engine-by-hand.ts';

const clusterUid = randomUUID();
let runtime: Runtime;
let folder: string;

beforeAll(async () => {
  await ensureBusybox();
  folder = await mkdtemp(join(tmpdir(), 'berth-runtime-'));
  runtime = await createDockerRuntime({ clusterUid, nodeIp: '192.0.2.2', log: silentLogger });
  await runtime.prepare();
});

afterEach(async () => {
  const { sandboxes } = await runtime.list();
  for (const { id } of sandboxes) await runtime.removeSandbox(id);
});

afterAll(async () => {
  await runtime.removeEverything();
  await runtime.close();
  await rm(folder, { recursive: true });
});

function sandboxSpec(more: Partial<SandboxSpec> = {}): SandboxSpec {
  const uid = randomUUID();
  return {
    pod: { namespace: 'shop', name: 'web', uid },
    attempt: 0,
    hostname: 'web-host',
    hostNetwork: false,
    portMappings: [],
    dns: {
      servers: ['10.96.0.10', '192.0.2.53'],
      searches: ['shop.svc.cluster.local', 'cluster.local'],
      options: ['ndots:5'],
    },
    sysctls: {},
    labels: {},
    ...more,
  };
}

function shell(script: string, spec: SandboxSpec, sandboxId: string, more: Partial<ContainerSpec> = {}): ContainerSpec {
  return {
    pod: spec.pod,
    sandboxId,
    name: 'app',
    attempt: 0,
    image: 'busybox:1.36',
    command: ['sh', '-c', script],
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
    ...more,
  };
}

async function startShell(script: string, more: Partial<ContainerSpec> = {}, spec = sandboxSpec()) {
  const sandbox = await runtime.runSandbox(spec);
  const id = await runtime.createContainer(shell(script, spec, sandbox.id, more));
  await runtime.startContainer(id);
  return { spec, sandbox, id };
}

async function untilExited(id: string) {
  for (;;) {
    const state = await runtime.inspectContainer(id);
    if (state?.status === 'exited') return state;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Runs a script to its end and returns what it wrote to stdout. */
async function outputOf(script: string, more: Partial<ContainerSpec> = {}, spec = sandboxSpec()): Promise<string> {
  const { id } = await startShell(script, more, spec);
  await untilExited(id);
  const lines: string[] = [];
  for await (const line of (await runtime.logs(id, { follow: false, timestamps: false })).lines) lines.push(line.text);
  return lines.join('\n');
}

async function execOutput(id: string, command: readonly string[], tty = false): Promise<string> {
  let out = '';
  const session = await runtime.exec(id, {
    command,
    tty,
    stdin: false,
    onOutput: (_stream, chunk) => {
      out += new TextDecoder().decode(chunk);
    },
    ...(tty ? { terminalSize: { columns: 91, rows: 17 } } : {}),
  });
  await session.exitCode;
  return out;
}

describe('the sandbox', () => {
  it('heeds its signal in milliseconds and takes next to no memory', async () => {
    const { id } = await runtime.runSandbox(sandboxSpec());
    const usage = await runtime.usage(id);
    expect(usage?.memoryWorkingSetBytes).toBeLessThan(1_000_000);
    const startMs = performance.now();
    await runtime.stopSandbox(id);
    expect(performance.now() - startMs).toBeLessThan(1_500);
    expect(valueAt(await engineCall('GET', `/containers/${id}/json`), 'State', 'ExitCode')).toBe(0);
  });

  it('reaps the orphans of a shared process namespace, and the containers see each other', async () => {
    const spec = sandboxSpec();
    const { id } = await startShell('while :; do (sleep 0.01 &); sleep 0.02; done', { sharePidNamespace: true }, spec);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const processes = await execOutput(id, ['ps', '-o', 'pid,stat,args']);
    expect(processes).toMatch(/^\s*1 [RS]\s+\/pause$/m);
    expect(processes.match(/ Z /g)?.length ?? 0).toBeLessThanOrEqual(1);
  });

  it('gives its containers the resolver, name, network and shared memory of the pod', async () => {
    const spec = sandboxSpec();
    const script =
      'cat /etc/resolv.conf; hostname; ip -4 addr show eth0 | grep -o "inet [0-9.]*"; echo x > /dev/shm/seen';
    const { id, sandbox } = await startShell(`${script}; sleep 1000`, {}, spec);
    const second = await runtime.createContainer(shell('cat /dev/shm/seen', spec, sandbox.id, { name: 'second' }));
    const lines: string[] = [];
    for await (const line of (await runtime.logs(id, { follow: true, timestamps: false })).lines) {
      lines.push(line.text);
      if (lines.length === 6) break;
    }
    expect(lines).toEqual([
      'nameserver 10.96.0.10',
      'nameserver 192.0.2.53',
      'search shop.svc.cluster.local cluster.local',
      'options ndots:5',
      'web-host',
      `inet ${sandbox.ip}`,
    ]);
    await runtime.startContainer(second);
    expect(await untilExited(second)).toMatchObject({ exitCode: 0 });
  });

  it('in the network of the host has a resolver of its own, and the host keeps its own', async () => {
    const before = await readFile('/etc/resolv.conf', 'utf8');
    const output = await outputOf('cat /etc/resolv.conf; ip link show docker0', {}, sandboxSpec({ hostNetwork: true }));
    expect(output).toMatch(/^nameserver 10\.96\.0\.10\n[\s\S]*docker0/);
    expect(await readFile('/etc/resolv.conf', 'utf8')).toBe(before);
  });

  it('says where its link ends on the host, which may send packets back', async () => {
    const { hostInterface } = await runtime.runSandbox(sandboxSpec());
    const { bridge } = await runtime.prepare();
    const port = `/sys/class/net/${bridge}/brif/${hostInterface}`;
    expect((await readFile(`${port}/hairpin_mode`, 'utf8')).trim()).toBe('1');
  });

  it('sets kernel parameters, and refuses those that it does not have', async () => {
    const spec = sandboxSpec({ sysctls: { 'net.ipv4.ip_local_port_range': '20000 20100' } });
    expect(await outputOf('cat /proc/sys/net/ipv4/ip_local_port_range', {}, spec)).toBe('20000\t20100');
    const refused = runtime.runSandbox(sandboxSpec({ sysctls: { 'kernel.no_such': '1' } }));
    await expect(refused).rejects.toMatchObject({ reason: expect.stringMatching(/InvalidSpec|StartFailed/) });
  });

  it('is made again when somebody has removed its image', async () => {
    const images = await engineCall('GET', '/images/json');
    const tags = (Array.isArray(images) ? images : []).flatMap((image) => image.RepoTags ?? []);
    const own = tags.find((tag: string) => tag.endsWith(clusterUid));
    await engineCall('DELETE', `/images/${own}?force=1`);
    const { id } = await runtime.runSandbox(sandboxSpec());
    expect((await runtime.list()).sandboxes).toMatchObject([{ id, running: true }]);
  });

  it('leaves no cgroup behind', async () => {
    const { sandbox, spec } = await startShell('sleep 1000');
    await runtime.removeSandbox(sandbox.id);
    const roots = await readdir('/sys/fs/cgroup');
    const left = await Promise.all(
      ['.', ...roots].map((root) =>
        stat(join('/sys/fs/cgroup', root, 'kubepods', `pod${spec.pod.uid}`)).then(
          () => root,
          () => undefined,
        ),
      ),
    );
    expect(left.filter((root) => root !== undefined)).toEqual([]);
  });
});

describe('names and labels', () => {
  it('are those that other tools know', async () => {
    const { id, sandbox, spec } = await startShell('sleep 1000', { labels: { tier: 'front' } });
    const details = await engineCall('GET', `/containers/${id}/json`);
    expect(textAt(details, 'Name')).toBe(`/k8s_app_web_shop_${spec.pod.uid}_0`);
    expect(valueAt(details, 'Config', 'Labels')).toEqual({
      tier: 'front',
      'berth.dev/image': 'busybox:1.36',
      'berth.dev/cluster-uid': clusterUid,
      'berth.dev/spec-hash': 'h',
      'io.kubernetes.pod.name': 'web',
      'io.kubernetes.pod.namespace': 'shop',
      'io.kubernetes.pod.uid': spec.pod.uid,
      'io.kubernetes.docker.type': 'container',
      'io.kubernetes.container.name': 'app',
      'io.kubernetes.sandbox.id': sandbox.id,
      'io.kubernetes.attempt': '0',
    });
    expect(textAt(await engineCall('GET', `/containers/${sandbox.id}/json`), 'Name')).toBe(
      `/k8s_POD_web_shop_${spec.pod.uid}_0`,
    );
  });

  it('let a new Berth find everything without restarting it', async () => {
    const { id } = await startShell('sleep 1000');
    const before = await runtime.inspectContainer(id);
    const next = await createDockerRuntime({ clusterUid, nodeIp: '192.0.2.2', log: silentLogger });
    expect(await next.prepare()).toEqual(await runtime.prepare());
    expect(await next.inspectContainer(id)).toEqual(before);
    expect(await next.list()).toEqual(await runtime.list());
    await next.close();
    expect((await runtime.inspectContainer(id))?.status).toBe('running');
  });

  it('that belong to somebody else are refused', async () => {
    const uid = randomUUID();
    const name = networkNameOf(uid);
    await engineCall('POST', '/networks/create', { Name: name, Labels: { 'berth.dev/test': 'stranger' } });
    const stranger = await createDockerRuntime({ clusterUid: uid, nodeIp: '192.0.2.2', log: silentLogger });
    await expect(stranger.prepare()).rejects.toMatchObject({
      reason: 'Conflict',
      message: expect.stringContaining(name),
    });
    expect(await stranger.removeEverything()).toEqual({ containers: 0, networks: 0 });
    await stranger.close();
    await engineCall('DELETE', `/networks/${name}`);
  });
});

describe('a container', () => {
  it('that takes more memory than it may is killed, and both the event and the state say why', async () => {
    const actions: string[] = [];
    const close = await runtime.watch(
      (event) => actions.push(event.action),
      () => {},
    );
    const resources = { oomScoreAdjust: 1000, memoryLimitBytes: 16 * 1024 * 1024 };
    const { id } = await startShell('tail /dev/zero', { resources });
    expect(await untilExited(id)).toMatchObject({ exitCode: 137 });
    await expect.poll(() => actions, { timeout: 5_000 }).toContain('oom');
    expect(await runtime.inspectContainer(id)).toMatchObject({ exitCode: 137, oomKilled: true });
    close();
  });

  it('has the limits and the weight of its resources', async () => {
    const resources = {
      oomScoreAdjust: 900,
      cpuRequestMillis: 500,
      cpuLimitMillis: 250,
      memoryLimitBytes: 64 * 1024 * 1024,
    };
    const { id, spec } = await startShell('sleep 1000', { resources });
    const details = await engineCall('GET', `/containers/${id}/json`);
    expect(valueAt(details, 'HostConfig')).toMatchObject({
      CpuShares: 512,
      CpuQuota: 25_000,
      CpuPeriod: 100_000,
      Memory: 64 * 1024 * 1024,
      MemorySwap: 64 * 1024 * 1024,
      OomScoreAdj: 900,
    });
    const cgroups = await readFile(`/proc/${valueAt(details, 'State', 'Pid')}/cgroup`, 'utf8');
    expect(cgroups).toMatch(new RegExp(`kubepods.*pod${spec.pod.uid.replaceAll('-', '[-_]')}`));
  });

  it('keeps its log within its bounds', async () => {
    const log = { maxSizeBytes: 20_000, maxFiles: 2 };
    const { id } = await startShell('yes a-line-of-some-length | head -n 20000', { log });
    await untilExited(id);
    const path = textAt(await engineCall('GET', `/containers/${id}/json`), 'LogPath');
    const files = (await readdir(dirname(path))).filter((name) => name.includes('-json.log'));
    const sizes = await Promise.all(files.map(async (name) => (await stat(join(dirname(path), name))).size));
    expect(files).toHaveLength(2);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(2 * 20_000 + 1_000);
  });

  it('runs as the user, groups and with the capabilities that it was given', async () => {
    const security = {
      privileged: false,
      runAsUser: 1234,
      runAsGroup: 33,
      supplementalGroups: [4321],
      readOnlyRootFilesystem: true,
      capabilitiesAdd: [],
      capabilitiesDrop: ['ALL'],
      noNewPrivileges: true,
    };
    const script = 'id -u; id -g; id -G; touch /x 2>&1; grep -E "NoNewPrivs|CapBnd" /proc/self/status';
    const lines = (await outputOf(script, { security })).split('\n');
    expect(lines.slice(0, 3)).toEqual(['1234', '33', '33 4321']);
    expect(lines.join('\n')).toContain('Read-only file system');
    expect(lines.join('\n')).toMatch(/NoNewPrivs:\s+1/);
    expect(lines.join('\n')).toMatch(/CapBnd:\s+0{16}/);
  });

  it('mounts what is there, read-only where wanted, and never makes what is not', async () => {
    const hostPath = join(folder, 'data');
    await mkdir(hostPath, { recursive: true });
    await writeFile(join(hostPath, 'file'), 'content');
    const mounts = [
      { hostPath, containerPath: '/rw', readOnly: false },
      { hostPath, containerPath: '/ro', readOnly: true },
    ];
    expect(await outputOf('cat /ro/file; touch /rw/new; touch /ro/other 2>&1', { mounts })).toMatch(
      /^content.*Read-only/,
    );
    expect((await readdir(hostPath)).sort()).toEqual(['file', 'new']);
    const missing = { hostPath: join(folder, 'missing'), containerPath: '/x', readOnly: true };
    const spec = sandboxSpec();
    const { id } = await runtime.runSandbox(spec);
    const created = runtime.createContainer(shell('true', spec, id, { mounts: [missing] }));
    await expect(created).rejects.toMatchObject({ reason: 'InvalidSpec' });
    await expect(stat(missing.hostPath)).rejects.toThrow();
  });
});

describe('an engine that is reached over the network', () => {
  it('runs pods without what only this machine could do', async () => {
    const proxy = createServer((client) => {
      const engine = connect('/var/run/docker.sock');
      client.pipe(engine).pipe(client);
      client.on('error', () => engine.destroy());
      engine.on('error', () => client.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const listening = proxy.address();
    const port = typeof listening === 'object' && listening !== null ? listening.port : 0;
    const warnings: string[] = [];
    const log = { ...silentLogger, warn: (message: string) => warnings.push(message) };
    const address = { kind: 'tcp', host: '127.0.0.1', port } as const;
    const remote = await createDockerRuntime({ clusterUid, nodeIp: '192.0.2.2', log, address });
    const spec = sandboxSpec();
    const sandbox = await remote.runSandbox(spec);
    expect(sandbox.hostInterface).toBeUndefined();
    expect(warnings.some((message) => message.includes('resolv.conf'))).toBe(true);
    const id = await remote.createContainer(shell('sleep 1000', spec, sandbox.id));
    await remote.startContainer(id);
    // The engine has no statistics of a container that has only just begun.
    const usedBytes = async () => (await remote.usage(id))?.memoryWorkingSetBytes ?? 0;
    await expect.poll(usedBytes, { timeout: 10_000 }).toBeGreaterThan(0);
    expect(await execOutput(id, ['cat', '/etc/resolv.conf'])).toContain('search shop.svc.cluster.local');
    await remote.close();
    proxy.close();
  });
});

describe('logs and exec', () => {
  it('put long lines together, with one time each', async () => {
    const { id } = await startShell('head -c 40000 /dev/zero | tr "\\0" x; echo; echo ✓ end');
    await untilExited(id);
    const seen: { length: number; timestamp: string }[] = [];
    for await (const line of (await runtime.logs(id, { follow: false, timestamps: true })).lines) {
      seen.push({ length: line.text.length, timestamp: line.timestamp });
    }
    expect(seen.map(({ length }) => length)).toEqual([40_000, 5]);
    for (const { timestamp } of seen) expect(timestamp).toMatch(/^\d{4}-.*Z$/);
  });

  it('do not read ahead of a reader that does not read', async () => {
    const log = { maxSizeBytes: 100_000_000, maxFiles: 1 };
    const { id } = await startShell('yes 0123456789012345678901234567890123456789 | head -n 500000', { log });
    await untilExited(id);
    const before = process.memoryUsage().rss;
    const stream = await runtime.logs(id, { follow: false, timestamps: false });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(process.memoryUsage().rss - before).toBeLessThan(15_000_000);
    let count = 0;
    for await (const line of stream.lines) count += line.text.length === 40 ? 1 : 0;
    expect(count).toBe(500_000);
  });

  it('end with what was there when they were asked for, however fast the container writes on', async () => {
    const { id } = await startShell('yes 0123456789012345678901234567890123456789');
    await new Promise((resolve) => setTimeout(resolve, 300));
    const sinceMs = Date.now() - 200;
    const stream = await runtime.logs(id, { follow: false, timestamps: true, sinceMs });
    const endMs = Date.now();
    let last = '';
    for await (const { timestamp } of stream.lines) last = timestamp;
    expect(Date.parse(last)).toBeGreaterThanOrEqual(sinceMs);
    expect(Date.parse(last)).toBeLessThanOrEqual(endMs);
  });

  it('carry a terminal and its size', async () => {
    const { id } = await startShell('sleep 1000');
    expect((await execOutput(id, ['sh', '-c', 'sleep 0.2; stty size; tty'], true)).trim()).toMatch(
      /^17 91\r\n\/dev\/pts\//,
    );
  });

  it('carry a megabyte of input to its end', async () => {
    const { id } = await startShell('sleep 1000');
    let out = '';
    const session = await runtime.exec(id, {
      command: ['wc', '-c'],
      tty: false,
      stdin: true,
      onOutput: (_stream, chunk) => {
        out += new TextDecoder().decode(chunk);
      },
    });
    for (let i = 0; i < 16; i++) void session.writeStdin(new Uint8Array(65_536));
    session.endStdin();
    expect(await session.exitCode).toBe(0);
    expect(out.trim()).toBe('1048576');
  });

  it('say with 126 or 127 that a command is not there', async () => {
    const { id } = await startShell('sleep 1000');
    const session = runtime.exec(id, { command: ['/no/such'], tty: false, stdin: false, onOutput: () => {} });
    const outcome = await session.then(({ exitCode }) => exitCode).catch((error) => error.reason);
    expect([126, 127, 'StartFailed']).toContain(outcome);
  });
});
