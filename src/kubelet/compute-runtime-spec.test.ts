import { expect, test } from 'vitest';
import { deepFreeze } from '../lib/json.ts';
import type { Pod } from '../objects/types.ts';
import { computeContainerSpec, computeResources, computeSandboxSpec } from './compute-runtime-spec.ts';
import type { Container } from './observed-pod.ts';

const GI = 1024 ** 3;

function podWith(container: Partial<Container>, spec: object = {}): Pod {
  const metadata = { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: '1', creationTimestamp: '' };
  const containers = [{ name: 'app', image: 'app:1', ...container }];
  return deepFreeze({ apiVersion: 'v1' as const, kind: 'Pod' as const, metadata, spec: { containers, ...spec } });
}

const NAMED = [{ name: 'NAME', value: 'x' }];

function specOfApp(container: Partial<Container>, podSpec: object = {}, user = '', env = NAMED) {
  const pod = podWith(container, podSpec);
  const image = { id: 'sha256:1', repoDigests: [], sizeBytes: 1, user, entrypoint: [], cmd: [] };
  const [app] = pod.spec?.containers ?? [];
  if (app === undefined) throw new Error('no container');
  return computeContainerSpec({
    pod,
    container: app,
    sandboxId: 's',
    attempt: 2,
    image,
    env,
    mounts: [],
    nodeMemoryBytes: 4 * GI,
  });
}

test('command and arguments are expanded and left out when there are none', () => {
  const spec = specOfApp({ command: ['run', '$(NAME)'], args: ['$$(NAME)', '$(OTHER)'] });
  expect(spec).toMatchObject({ command: ['run', 'x'], args: ['$(NAME)', '$(OTHER)'], attempt: 2, image: 'app:1' });
  expect(specOfApp({ command: [], args: [] })).not.toHaveProperty('command');
});

test('the container says more than the pod about whose rights it has', () => {
  const podSpec = { securityContext: { runAsUser: 1, runAsGroup: 2, fsGroup: 3, supplementalGroups: [4, 3] } };
  const securityContext = { runAsUser: 9, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  expect(specOfApp({ securityContext }, podSpec).security).toMatchObject({
    runAsUser: 9,
    runAsGroup: 2,
    supplementalGroups: [4, 3],
    noNewPrivileges: true,
    capabilitiesDrop: ['ALL'],
  });
});

test.each([
  ['', undefined, 'image will run as root'],
  ['0:0', undefined, 'image will run as root'],
  ['www', undefined, 'image has non-numeric user (www), cannot verify user is non-root'],
  ['', 0, "container's runAsUser breaks non-root policy"],
  ['1000', undefined, undefined],
  ['', 1000, undefined],
])('runAsNonRoot with image user %j and runAsUser %s: %s', (user, runAsUser, message) => {
  const securityContext = { runAsNonRoot: true, ...(runAsUser === undefined ? {} : { runAsUser }) };
  const compute = () => specOfApp({ securityContext }, {}, user);
  if (message === undefined) expect(compute).not.toThrow();
  else expect(compute).toThrow(message);
});

test.each([
  [{}, { oomScoreAdjust: 1000 }],
  [
    { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1', memory: '1Gi' } },
    { oomScoreAdjust: -997, cpuRequestMillis: 1000, cpuLimitMillis: 1000, memoryLimitBytes: GI },
  ],
  [{ requests: { memory: '1Gi' } }, { oomScoreAdjust: 750 }],
  [{ requests: { cpu: '100m' } }, { oomScoreAdjust: 999, cpuRequestMillis: 100 }],
  [{ requests: { memory: '8Gi' } }, { oomScoreAdjust: 3 }],
  [{ limits: { cpu: '500m' } }, { oomScoreAdjust: 999, cpuRequestMillis: 500, cpuLimitMillis: 500 }],
])('resources %j become %j', (resources, expected) => {
  const pod = podWith({ resources });
  const [app] = pod.spec?.containers ?? [];
  expect(app && computeResources(pod, app, 4 * GI)).toEqual(expected);
});

test('a sandbox has its name, its host ports and its sysctls', () => {
  const dns = { clusterServers: [], clusterDomain: 'cluster.local', host: { servers: [], searches: [], options: [] } };
  const ports = [
    { containerPort: 80, hostPort: 8080 },
    { containerPort: 53, hostPort: 53, hostIP: '127.0.0.1', protocol: 'UDP' as const },
    { containerPort: 9 },
  ];
  const sysctls = [{ name: 'net.ipv4.tcp_syncookies', value: '1' }];
  const sandbox = computeSandboxSpec(podWith({ ports }, { securityContext: { sysctls } }), 1, dns);
  expect(sandbox).toMatchObject({
    pod: { name: 'web', namespace: 'shop', uid: 'u1' },
    attempt: 1,
    hostname: 'web',
    portMappings: [
      { hostIp: '', hostPort: 8080, containerPort: 80, protocol: 'TCP' },
      { hostIp: '127.0.0.1', hostPort: 53, containerPort: 53, protocol: 'UDP' },
    ],
    sysctls: { 'net.ipv4.tcp_syncookies': '1' },
  });
  expect(computeSandboxSpec(podWith({ ports }, { hostNetwork: true }), 0, dns).portMappings).toEqual([]);
});

test.each([
  [{}, 'web'],
  [{ hostname: 'db' }, 'db'],
  [{ hostname: 'db', subdomain: 'peers' }, 'db'],
  [{ hostname: 'db', subdomain: 'peers', setHostnameAsFQDN: true }, 'db.peers.shop.svc.cluster.local'],
  [{ setHostnameAsFQDN: true }, 'web'],
])('the hostname of %j is %s', (spec, hostname) => {
  const dns = { clusterServers: [], clusterDomain: 'cluster.local', host: { servers: [], searches: [], options: [] } };
  expect(computeSandboxSpec(podWith({}, spec), 0, dns).hostname).toBe(hostname);
});

// TestTruncatePodHostname.
test.each([
  ['test.pod.hostname', 'test.pod.hostname'],
  [`${'1234567.'.repeat(8)}1234567`, `${'1234567.'.repeat(7)}1234567`],
  [`${'1234567.'.repeat(7)}123456.1234567`, `${'1234567.'.repeat(7)}123456`],
  [`${'1234567.'.repeat(7)}123456-1234567`, `${'1234567.'.repeat(7)}123456`],
])('the hostname of the pod %s is %s', (name, hostname) => {
  const dns = { clusterServers: [], clusterDomain: 'cluster.local', host: { servers: [], searches: [], options: [] } };
  const pod = podWith({});
  expect(computeSandboxSpec({ ...pod, metadata: { ...pod.metadata, name } }, 0, dns).hostname).toBe(hostname);
});

test('a full name that the kernel cannot hold is told in the kubelet’s words', () => {
  const dns = { clusterServers: [], clusterDomain: 'cluster.local', host: { servers: [], searches: [], options: [] } };
  const subdomain = 'p'.repeat(40);
  const pod = podWith({}, { hostname: 'db', subdomain, setHostnameAsFQDN: true });
  expect(() => computeSandboxSpec(pod, 0, dns)).toThrow(
    `failed to construct FQDN from pod hostname and cluster domain, FQDN db.${subdomain}.shop.svc.cluster.local is too long (64 characters is the max, 66 characters requested)`,
  );
});

// TestExpandCommandAndArgs.
test.each([
  [{}, undefined, undefined],
  [{ command: ['foo', '$(A)', '$(B)'] }, ['foo', 'zoo', 'boo'], undefined],
  [{ args: ['zap', '$(A)', '$(B)'] }, undefined, ['zap', 'zoo', 'boo']],
  [{ command: ['$(B)--$(A)', 'foo'], args: ['foo', '$(A)'] }, ['boo--zoo', 'foo'], ['foo', 'zoo']],
])('the words of %j', (container, command, args) => {
  const env = [
    { name: 'A', value: 'zoo' },
    { name: 'B', value: 'boo' },
  ];
  const spec = specOfApp(container, {}, '', env);
  expect([spec.command, spec.args]).toEqual([command, args]);
});
