import { describe, expect, it } from 'vitest';
import type { ContainerSpec, SandboxSpec } from '../runtime.ts';
import { cgroupParentOf, parseProcessCgroups } from './cgroups.ts';
import { computeContainerConfig } from './compute-container-config.ts';
import { computeSandboxConfig } from './compute-sandbox-config.ts';
import { selectApiVersion } from './engine-connection.ts';
import { parseContainerDetails, parseContainerList, parseEvent } from './parse-containers.ts';
import { networkNameOf } from './pod-network.ts';
import { formatResolvConf } from './resolv-conf.ts';

const POD = { namespace: 'shop', name: 'web', uid: 'uid-1' };

const SANDBOX: SandboxSpec = {
  pod: POD,
  attempt: 2,
  hostname: 'web',
  hostNetwork: false,
  portMappings: [
    { hostIp: '127.0.0.1', hostPort: 8080, containerPort: 80, protocol: 'TCP' },
    { hostIp: '', hostPort: 8081, containerPort: 80, protocol: 'TCP' },
    { hostIp: '', hostPort: 53, containerPort: 53, protocol: 'UDP' },
  ],
  dns: { servers: ['10.96.0.10'], searches: ['shop.svc.cluster.local'], options: ['ndots:5'] },
  sysctls: { 'net.core.somaxconn': '1024' },
  labels: { app: 'web', 'berth.dev/cluster-uid': 'forged', 'io.kubernetes.pod.uid': 'forged' },
};

const CONTAINER: ContainerSpec = {
  pod: POD,
  sandboxId: 'sb',
  name: 'app',
  attempt: 3,
  image: 'busybox:1.36',
  env: [{ name: 'A', value: 'b=c' }],
  mounts: [{ hostPath: '/data/x', containerPath: '/x', readOnly: true }],
  resources: { oomScoreAdjust: -997 },
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
  log: { maxSizeBytes: 1000, maxFiles: 3 },
  specHash: 'h',
  stopGraceMs: 30_000,
  labels: { 'berth.dev/x': 'forged' },
};

const OPTIONS = { clusterUid: 'c-1', imageUser: 'www-data:www', oomScoreFloor: -1000 };

function configOf(more: Partial<ContainerSpec>): Record<string, unknown> {
  return computeContainerConfig({ ...CONTAINER, ...more }, OPTIONS);
}

describe('a sandbox', () => {
  const config = computeSandboxConfig(SANDBOX, { clusterUid: 'c-1', image: 'i', network: 'n', oomScoreFloor: -1000 });

  it('is labelled by Berth and not by the labels of a pod', () => {
    expect(config['Labels']).toEqual({
      app: 'web',
      'berth.dev/cluster-uid': 'c-1',
      'io.kubernetes.pod.name': 'web',
      'io.kubernetes.pod.namespace': 'shop',
      'io.kubernetes.pod.uid': 'uid-1',
      'io.kubernetes.docker.type': 'podsandbox',
      'io.kubernetes.container.name': 'POD',
      'io.kubernetes.attempt': '2',
    });
  });

  it('shares its namespaces, maps its ports and is never restarted by the engine', () => {
    expect(config['HostConfig']).toMatchObject({
      NetworkMode: 'n',
      IpcMode: 'shareable',
      RestartPolicy: { Name: 'no' },
      OomScoreAdj: -998,
      Sysctls: { 'net.core.somaxconn': '1024' },
      PortBindings: {
        '80/tcp': [
          { HostIp: '127.0.0.1', HostPort: '8080' },
          { HostIp: '', HostPort: '8081' },
        ],
        '53/udp': [{ HostIp: '', HostPort: '53' }],
      },
    });
  });

  it('in the network of the host has neither ports nor a name of its own', () => {
    const host = computeSandboxConfig(
      { ...SANDBOX, hostNetwork: true },
      { clusterUid: 'c-1', image: 'i', network: 'n', oomScoreFloor: 0 },
    );
    expect(host).not.toHaveProperty('Hostname');
    expect(host['HostConfig']).toMatchObject({ NetworkMode: 'host', PortBindings: {}, OomScoreAdj: 0 });
  });
});

describe('a container', () => {
  it.each([
    [{}, {}],
    [{ command: ['a'] }, { Entrypoint: ['a'] }],
    [{ args: ['b'] }, { Cmd: ['b'] }],
    [
      { command: ['a'], args: ['b'] },
      { Entrypoint: ['a'], Cmd: ['b'] },
    ],
    [{ command: [], args: [] }, {}],
  ])('with %j overrides %j of the image', (more, expected) => {
    const { Entrypoint, Cmd } = configOf(more);
    expect({ Entrypoint, Cmd }).toEqual({ Entrypoint: undefined, Cmd: undefined, ...expected });
  });

  it.each([
    [30_000, 30],
    [1_500, 2],
    [0, 0],
  ])('keeps a grace of %i ms for whoever stops it by hand: %i s', (stopGraceMs, seconds) => {
    expect(configOf({ stopGraceMs })['StopTimeout']).toBe(seconds);
  });

  it.each([
    [{}, { CpuShares: 2 }],
    [{ cpuRequestMillis: 1 }, { CpuShares: 2 }],
    [{ cpuRequestMillis: 1500 }, { CpuShares: 1536 }],
    [{ cpuLimitMillis: 250 }, { CpuPeriod: 100_000, CpuQuota: 25_000 }],
    [{ cpuLimitMillis: 1 }, { CpuQuota: 1_000 }],
    [{ memoryLimitBytes: 64e6 }, { Memory: 64e6, MemorySwap: 64e6 }],
  ])('with resources %j gets %j', (resources, expected) => {
    const config = configOf({ resources: { oomScoreAdjust: 5, ...resources } });
    expect(config['HostConfig']).toMatchObject({ ...expected, OomScoreAdj: 5 });
  });

  it.each([
    [{}, undefined],
    [{ runAsUser: 1000 }, '1000'],
    [{ runAsUser: 0, runAsGroup: 0 }, '0:0'],
    [{ runAsGroup: 33 }, 'www-data:33'],
  ])('with security %j runs as %s', (security, expected) => {
    expect(configOf({ security: { ...CONTAINER.security, ...security } })['User']).toBe(expected);
  });

  it('joins its sandbox, with its mounts, its bounded log and the floor of its score', () => {
    const config = computeContainerConfig(CONTAINER, {
      ...OPTIONS,
      cgroupParent: '/kubepods/poduid-1',
      oomScoreFloor: 0,
    });
    expect(config).toMatchObject({ Image: 'busybox:1.36', Env: ['A=b=c'], Healthcheck: { Test: ['NONE'] } });
    expect(config['Labels']).not.toHaveProperty('berth.dev/x');
    expect(config['HostConfig']).toMatchObject({
      NetworkMode: 'container:sb',
      IpcMode: 'container:sb',
      RestartPolicy: { Name: 'no' },
      CgroupParent: '/kubepods/poduid-1',
      OomScoreAdj: 0,
      Mounts: [{ Type: 'bind', Source: '/data/x', Target: '/x', ReadOnly: true }],
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1000', 'max-file': '3' } },
    });
    expect(config['HostConfig']).not.toHaveProperty('PidMode');
    expect(configOf({ sharePidNamespace: true })['HostConfig']).toMatchObject({ PidMode: 'container:sb' });
  });
});

describe('answers of the engine', () => {
  const labels = configOf({})['Labels'];

  it.each([
    [{ State: 'created', Status: 'Created' }, { status: 'created' }],
    [{ State: 'running', Status: 'Up 2 seconds' }, { status: 'running' }],
    [{ State: 'paused', Status: 'Up 2 seconds (Paused)' }, { status: 'running' }],
    [
      { State: 'exited', Status: 'Exited (137) 2 minutes ago' },
      { status: 'exited', exitCode: 137 },
    ],
    [{ State: 'dead', Status: 'Dead' }, { status: 'exited' }],
  ])('list a container in %j as %j', (item, expected) => {
    const answer = [{ Id: 'c1', ImageID: 'sha256:1', Created: 1_700_000_000, Labels: labels, ...item }];
    expect(parseContainerList(answer, '').containers).toEqual([
      {
        id: 'c1',
        pod: POD,
        sandboxId: 'sb',
        name: 'app',
        attempt: 3,
        image: 'busybox:1.36',
        imageId: 'sha256:1',
        specHash: 'h',
        createdAtMs: 1_700_000_000_000,
        ...expected,
      },
    ]);
  });

  it('are nothing where the labels are missing or those of another cluster', () => {
    expect(parseContainerList([{ Id: 'x', Labels: {} }, { Id: 'y' }, 5], '')).toEqual({
      sandboxes: [],
      containers: [],
    });
    const details = { Id: 'c1', Config: { Labels: labels }, State: { Status: 'running' } };
    expect(parseContainerDetails(details, 'c-1')?.id).toBe('c1');
    expect(parseContainerDetails(details, 'c-2')).toBeUndefined();
    expect(parseContainerDetails(undefined, 'c-1')).toBeUndefined();
  });

  it('tell of an event only when it is one of ours', () => {
    const event = { Action: 'die', Actor: { ID: 'c1', Attributes: { ...Object(labels), exitCode: '3' } } };
    const expected = { type: 'container', action: 'die', id: 'c1', podUid: 'uid-1', name: 'app', exitCode: 3 };
    expect(parseEvent(event)).toEqual(expected);
    expect(parseEvent({ ...event, Action: 'exec_create: sh' })).toBeUndefined();
    expect(parseEvent({ Action: 'die', Actor: { ID: 'x', Attributes: {} } })).toBeUndefined();
    expect(parseEvent(undefined)).toBeUndefined();
  });
});

it.each([
  ['1.41', '1.12', '1.41'],
  ['1.47', '1.24', '1.47'],
  ['1.51', '1.44', '1.47'],
  ['1.60', '1.50', '1.50'],
  ['', '', '1.47'],
])('an engine with API %s, at least %s, is asked for %s', (ApiVersion, MinAPIVersion, expected) => {
  expect(selectApiVersion({ ApiVersion, MinAPIVersion })).toBe(expected);
});

it.each([
  ['cgroupfs', '/kubepods/poda-b'],
  ['systemd', 'kubepods-poda_b.slice'],
  ['none', undefined],
])('the cgroup of a pod under %s is %s', (driver, expected) => {
  expect(cgroupParentOf(driver, 'a-b')).toBe(expected);
});

it.each([
  [
    '11:memory:/kubepods/podx/c\n4:cpu,cpuacct:/kubepods/podx/c\n',
    { version: '1', cpu: '/sys/fs/cgroup/cpuacct/kubepods/podx/c', memory: '/sys/fs/cgroup/memory/kubepods/podx/c' },
  ],
  ['0::/kubepods.slice/docker-c.scope\n', { version: '2', folder: '/sys/fs/cgroup/kubepods.slice/docker-c.scope' }],
  ['', undefined],
])('reads the cgroups of a process from %j', (text, expected) => {
  expect(parseProcessCgroups(text)).toEqual(expected);
});

it('names the network and its bridge within the 15 characters of an interface', () => {
  expect(networkNameOf('0a1b2c3d-4e5f-4000-8000-000000000000')).toBe('berth-0a1b2c3d');
});

it('writes resolv.conf only where the pod has servers of its own', () => {
  expect(formatResolvConf(SANDBOX.dns)).toBe('nameserver 10.96.0.10\nsearch shop.svc.cluster.local\noptions ndots:5\n');
  expect(formatResolvConf({ servers: [], searches: ['a'], options: [] })).toBeUndefined();
});
