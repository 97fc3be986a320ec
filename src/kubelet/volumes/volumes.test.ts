import { describe, expect, test } from 'vitest';
import { deepFreeze } from '../../lib/json.ts';
import type { ConfigMap, Pod, Secret } from '../../objects/types.ts';
import type { ConfigSources } from '../environment/config-sources.ts';
import { computeDns } from '../pod-dns.ts';
import { podReferences } from '../pod-references.ts';
import type { StorageSources } from './claimed-volume.ts';
import { computeMounts } from './compute-mounts.ts';
import { computeVolumes, type Volume } from './compute-volumes.ts';
import { computeHostsFile } from './hosts-file.ts';

const meta = (name: string) => ({ name, uid: 'u1', namespace: 'shop', resourceVersion: '1', creationTimestamp: '' });
const configMap: ConfigMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: meta('page'),
  data: { b: 'two', a: 'one' },
  binaryData: { bin: btoa('\u0000\u00ff') },
};
const secret: Secret = { apiVersion: 'v1', kind: 'Secret', metadata: meta('keys'), data: { key: btoa('s3cret') } };
const sources: ConfigSources = {
  configMap: (name) => (name === 'page' ? configMap : undefined),
  secret: (name) => (name === 'keys' ? secret : undefined),
  services: () => [],
};
const storage: StorageSources = { claim: () => undefined, persistentVolume: () => undefined };
const downward = { hostIp: '192.0.2.1', podIp: '', allocatable: {} };

function podWith(spec: Partial<NonNullable<Pod['spec']>>): Pod {
  const metadata = { ...meta('web'), labels: { app: 'web' } };
  return deepFreeze({
    apiVersion: 'v1' as const,
    kind: 'Pod' as const,
    metadata,
    spec: { containers: [{ name: 'app' }], ...spec },
  });
}

function plan(volume: Omit<Volume, 'name'>) {
  const [planned] = computeVolumes({
    pod: podWith({ volumes: [{ name: 'v', ...volume }] }),
    sources: { ...sources, ...storage },
    downward,
  });
  if (planned?.type !== 'payload') return planned;
  const decoder = new TextDecoder('latin1');
  return {
    place: `${planned.place.area}:${planned.place.path}`,
    files: planned.files.map(({ path, bytes, mode }) => `${path} ${mode.toString(8)} ${decoder.decode(bytes)}`),
  };
}

describe('volumes', () => {
  test.each<[string, Omit<Volume, 'name'>, object]>([
    [
      'a ConfigMap',
      { configMap: { name: 'page' } },
      {
        place: 'disk:pods/u1/volumes/kubernetes.io~configmap/v',
        files: ['a 644 one', 'b 644 two', 'bin 644 \u0000\u00ff'],
      },
    ],
    [
      'chosen items with their modes',
      {
        configMap: {
          name: 'page',
          defaultMode: 0o440,
          items: [
            { key: 'b', path: 'x/y', mode: 0o400 },
            { key: 'a', path: 'a' },
          ],
        },
      },
      { files: ['x/y 400 two', 'a 440 one'] },
    ],
    [
      'a Secret, in memory',
      { secret: { secretName: 'keys' } },
      { place: 'memory:pods/u1/v', files: ['key 644 s3cret'] },
    ],
    ['an optional ConfigMap that is missing', { configMap: { name: 'no', optional: true } }, { files: [] }],
    [
      'an optional key that is missing',
      { secret: { secretName: 'keys', optional: true, items: [{ key: 'no', path: 'no' }] } },
      { files: [] },
    ],
    [
      'the downward API',
      { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
      { files: ['labels 644 app="web"'] },
    ],
    [
      'a projection, in memory because of its secret; the last source wins',
      {
        projected: {
          sources: [
            { configMap: { name: 'page', items: [{ key: 'a', path: 'x' }] } },
            { secret: { name: 'keys', items: [{ key: 'key', path: 'x' }] } },
          ],
        },
      },
      { place: 'memory:pods/u1/v', files: ['x 644 s3cret'] },
    ],
    ['emptyDir', { emptyDir: {} }, { type: 'emptyDir' }],
    [
      'emptyDir in memory',
      { emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
      { type: 'memoryDir', sizeBytes: 1_048_576 },
    ],
  ])('%s', (_what, volume, expected) => {
    expect(plan(volume)).toMatchObject(expected);
  });

  test.each<[Omit<Volume, 'name'>, string]>([
    [{ configMap: { name: 'no' } }, 'MountVolume.SetUp failed for volume "v" : configmap "no" not found'],
    [{ secret: { secretName: 'no' } }, 'MountVolume.SetUp failed for volume "v" : secret "no" not found'],
    [{ configMap: { name: 'page', items: [{ key: 'no', path: 'x' }] } }, 'references non-existent config key: no'],
    [{ secret: { secretName: 'keys', items: [{ key: 'no', path: 'x' }] } }, 'references non-existent secret key: no'],
    [
      { persistentVolumeClaim: { claimName: 'c' } },
      'error processing PVC shop/c: persistentvolumeclaim "shop/c" not found',
    ],
  ])('%j: %s', (volume, message) => {
    expect(() => plan(volume)).toThrow(message);
  });
});

test('a mount of a volume that the pod does not have is refused', () => {
  const container = { name: 'app', volumeMounts: [{ name: 'none', mountPath: '/none' }] };
  const pod = podWith({ containers: [container], volumes: [{ name: 'data', emptyDir: {} }] });
  expect(() => computeMounts(pod, container, new Map(), storage)).toThrow('no volume named "none"');
});

test('mounts are read-only where Kubernetes says so, and sub-paths are expanded', () => {
  const volumeMounts = [
    { name: 'page', mountPath: 'www' },
    { name: 'data', mountPath: '/data', subPathExpr: '$(POD)/x' },
    { name: 'data', mountPath: '/ro', readOnly: true, subPath: 'a' },
  ];
  const container = { name: 'app', volumeMounts };
  const volumes = [
    { name: 'page', configMap: { name: 'page' } },
    { name: 'data', emptyDir: {} },
  ];
  const pod = podWith({ containers: [container], volumes });
  const data = { area: 'disk', path: 'pods/u1/volumes/kubernetes.io~empty-dir/data' };
  expect(computeMounts(pod, container, new Map([['POD', 'web-0']]), storage)).toEqual([
    {
      source: { area: 'disk', path: 'pods/u1/volumes/kubernetes.io~configmap/page' },
      containerPath: '/www',
      readOnly: true,
    },
    { source: data, subPath: 'web-0/x', containerPath: '/data', readOnly: false },
    { source: data, subPath: 'a', containerPath: '/ro', readOnly: true },
  ]);
  expect(() => computeMounts(pod, container, new Map(), storage)).toThrow(
    'failed to expand subPath expression "$(POD)/x"',
  );
  expect(() => computeMounts(pod, container, new Map([['POD', '../..']]), storage)).toThrow("must not contain '..'");
});

// TestExpandVolumeMountsWithSubpath.
test.each<[string, Readonly<Record<string, string>>, string | undefined]>([
  ['foo', {}, 'foo'],
  ['foo/$(POD_NAME)', { POD_NAME: 'bar' }, 'foo/bar'],
  ['', { POD_NAME: 'bar' }, ''],
  ['/foo/$(POD_NAME)', {}, undefined],
  ['$(POD_NAME)/bar', { POD_NAME: 'foo' }, 'foo/bar'],
  ['foo/$(POD_NAME)/$(ANNOTATION)', { ANNOTATION: '' }, undefined],
  ['foo/$(ODD_NAME)/$(POD_NAME)', { ODD_NAME: 'bar' }, undefined],
  ['$()', {}, undefined],
  ['$(POD_NAME$(ANNOTATION))', { POD_NAME: 'foo', ANNOTATION: 'bar' }, undefined],
])('the sub-path %s with %j is %s', (subPathExpr, environment, expected) => {
  const pod = podWith({ volumes: [{ name: 'v', emptyDir: {} }] });
  const container = { name: 'app', volumeMounts: [{ name: 'v', mountPath: '/v', subPathExpr }] };
  const compute = () => computeMounts(pod, container, new Map(Object.entries(environment)), storage)[0]?.subPath ?? '';
  if (expected === undefined) expect(compute).toThrow('failed to expand subPath expression');
  else expect(compute()).toBe(expected);
});

// TestManagedHostsFileContent.
test('the hosts file of a pod with nothing of its own', () => {
  const text = `# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
123.45.67.89\tpodFoo
`;
  expect(computeHostsFile(podWith({ hostname: 'podFoo' }), '123.45.67.89', { clusterDomain: 'cluster.local' })).toBe(
    text,
  );
});

// TestNodeHostsFileContent.
test.each([
  [[], ''],
  [
    [
      { ip: '123.45.67.89', hostnames: ['foo', 'bar', 'baz'] },
      { ip: '192.0.2.123', hostnames: ['park', 'doo'] },
    ],
    '\n# Entries added by HostAliases.\n123.45.67.89\tfoo\tbar\tbaz\n192.0.2.123\tpark\tdoo\n',
  ],
])('the hosts file in the host’s network is the host’s, with the aliases %j', (hostAliases, added) => {
  const hosts = '# of the box\n127.0.0.1\tlocalhost\n12.34.56.78\tanother.domain\n';
  const pod = podWith({ hostNetwork: true, hostAliases });
  const text = computeHostsFile(pod, '192.0.2.1', { clusterDomain: 'cluster.local', hostsFile: () => hosts });
  expect(text).toBe(`# Kubernetes-managed hosts file (host network).\n${hosts}${added}`);
});

test('the hosts file names the pod and the aliases', () => {
  const pod = podWith({
    hostname: 'db',
    subdomain: 'peers',
    hostAliases: [{ ip: '192.0.2.9', hostnames: ['a', 'b'] }],
  });
  const lines = computeHostsFile(pod, '10.88.0.5', { clusterDomain: 'cluster.local' }).split('\n');
  expect(lines).toContain('10.88.0.5\tdb.peers.shop.svc.cluster.local\tdb');
  expect(lines.slice(-3)).toEqual(['# Entries added by HostAliases.', '192.0.2.9\ta\tb', '']);
});

const settings = {
  clusterServers: ['10.96.0.10'],
  clusterDomain: 'cluster.local',
  host: { servers: ['192.0.2.53'], searches: ['lan'], options: ['timeout:1'] },
};

test.each<[Partial<NonNullable<Pod['spec']>>, object]>([
  [
    {},
    {
      servers: ['10.96.0.10'],
      searches: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'lan'],
      options: ['ndots:5'],
    },
  ],
  [{ dnsPolicy: 'Default' }, settings.host],
  [{ hostNetwork: true }, settings.host],
  [{ dnsPolicy: 'ClusterFirstWithHostNet', hostNetwork: true }, { servers: ['10.96.0.10'] }],
  [
    {
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['192.0.2.1'], options: [{ name: 'ndots', value: '2' }, { name: 'debug' }] },
    },
    { servers: ['192.0.2.1'], searches: [], options: ['ndots:2', 'debug'] },
  ],
  [
    { dnsConfig: { searches: ['lan', 'more'], options: [{ name: 'ndots', value: '1' }] } },
    { searches: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'lan', 'more'], options: ['ndots:1'] },
  ],
])('name service of %j', (spec, expected) => {
  expect(computeDns(podWith(spec), settings)).toMatchObject(expected);
});

test('the objects that a pod refers to are all found', () => {
  const pod = podWith({
    initContainers: [{ name: 'i', envFrom: [{ secretRef: { name: 's1' } }] }],
    containers: [
      {
        name: 'app',
        envFrom: [{ configMapRef: { name: 'm1' } }],
        env: [
          { name: 'A', valueFrom: { configMapKeyRef: { name: 'm2', key: 'k' } } },
          { name: 'B', valueFrom: { secretKeyRef: { name: 's2', key: 'k' } } },
        ],
      },
    ],
    volumes: [
      { name: 'a', configMap: { name: 'm3' } },
      { name: 'b', secret: { secretName: 's3' } },
      { name: 'c', projected: { sources: [{ configMap: { name: 'm4' } }, { secret: { name: 's1' } }] } },
    ],
  });
  const names = ['ConfigMap/shop/m1', 'ConfigMap/shop/m2', 'ConfigMap/shop/m3', 'ConfigMap/shop/m4'];
  expect(podReferences(pod)).toEqual([...names, 'Secret/shop/s1', 'Secret/shop/s2', 'Secret/shop/s3']);
});
