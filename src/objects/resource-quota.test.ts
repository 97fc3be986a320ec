import { describe, expect, it } from 'vitest';
import { formatAmounts, isInQuotaScope, quotaKinds, quotaUsageOf } from './resource-quota.ts';
import type { KubernetesObject, ResourceQuota } from './types.ts';

const NOW_MS = Date.parse('2026-01-01T12:00:00Z');

function object(kind: string, spec: object, more: object = {}): KubernetesObject {
  return { apiVersion: 'v1', kind, metadata: { name: 'a', namespace: 'shop' }, spec, ...more } as KubernetesObject;
}

function pod(containers: readonly object[], spec: object = {}, more: object = {}): KubernetesObject {
  const named = containers.map((resources, index) => ({ name: `c${index}`, image: 'app:1', resources }));
  return object('Pod', { containers: named, ...spec }, more);
}

const init = (resources: object, more: object = {}) => ({ name: 'i', image: 'app:1', resources, ...more });
const always = { restartPolicy: 'Always' };
const going = (agoSeconds: number) => ({
  metadata: {
    ...{ name: 'a', namespace: 'shop', deletionGracePeriodSeconds: 30 },
    deletionTimestamp: new Date(NOW_MS - agoSeconds * 1_000).toISOString(),
  },
});

/** What the object takes, without the two counts that every object of its kind has. */
function taken(from: KubernetesObject): string {
  const plural = { Pod: 'pods', Service: 'services', PersistentVolumeClaim: 'persistentvolumeclaims' }[from.kind] ?? '';
  const usage = new Map(quotaUsageOf(from, NOW_MS));
  expect([formatAmounts(usage).includes(`count/${plural}=1`), from.kind]).toEqual([true, from.kind]);
  usage.delete(`count/${plural}`);
  usage.delete(plural);
  return formatAmounts(usage);
}

describe('what a pod takes of a quota', () => {
  const gpu = { 'example.com/gpu': '3' };
  it.each<[rule: string, of: KubernetesObject, expected: string]>([
    ['nothing asked for', pod([{}]), ''],
    [
      'requests with and without the prefix',
      pod([{ requests: { cpu: '20m', memory: '1Mi' } }]),
      'cpu=20m,memory=1Mi,requests.cpu=20m,requests.memory=1Mi',
    ],
    [
      'limits, which are requests where there are none',
      pod([{ limits: { memory: '2Mi' } }]),
      'limits.memory=2Mi,memory=2Mi,requests.memory=2Mi',
    ],
    [
      'local storage',
      pod([{ requests: { 'ephemeral-storage': '3Mi' }, limits: { 'ephemeral-storage': '5Mi' } }]),
      'ephemeral-storage=3Mi,limits.ephemeral-storage=5Mi,requests.ephemeral-storage=3Mi',
    ],
    [
      'huge pages with and without the prefix, and never as limits',
      pod([{ requests: { 'hugepages-2Mi': '6Mi' }, limits: { 'hugepages-2Mi': '6Mi' } }]),
      'hugepages-2Mi=6Mi,requests.hugepages-2Mi=6Mi',
    ],
    ['devices with the prefix alone', pod([{ requests: gpu, limits: gpu }]), 'requests.example.com/gpu=3'],
    [
      'the sum of the containers',
      pod([{ requests: { cpu: '1', ...gpu } }, { requests: { cpu: '500m', ...gpu } }]),
      'cpu=1500m,requests.cpu=1500m,requests.example.com/gpu=6',
    ],
    [
      'the largest of the init containers where that is more',
      pod([{ requests: { cpu: '1', memory: '9Mi' } }], {
        initContainers: [init({ requests: { cpu: '3' } }), init({ requests: { cpu: '2', memory: '4Mi' } })],
      }),
      'cpu=3,memory=9Mi,requests.cpu=3,requests.memory=9Mi',
    ],
    [
      'sidecars beside the containers',
      pod([{ requests: { cpu: '1' } }], { initContainers: [init({ requests: { cpu: '300m' } }, always)] }),
      'cpu=1300m,requests.cpu=1300m',
    ],
    [
      'sidecars below the init containers after them',
      pod([{ requests: { cpu: '1' } }], {
        initContainers: [init({ requests: { cpu: '500m' } }, always), init({ requests: { cpu: '2' } })],
      }),
      'cpu=2500m,requests.cpu=2500m',
    ],
    ['nothing once it has ended', pod([{ requests: { cpu: '1' } }], {}, { status: { phase: 'Succeeded' } }), ''],
    ['all of it while it is going', pod([{ requests: { cpu: '1' } }], {}, going(29)), 'cpu=1,requests.cpu=1'],
    ['nothing once it should have gone', pod([{ requests: { cpu: '1' } }], {}, going(31)), ''],
  ])('%s', (_rule, of, expected) => expect(taken(of)).toBe(expected));

  it('is counted as an object to the end, as a pod only until it ends', () => {
    const ended = pod([{}], {}, { status: { phase: 'Failed' } });
    expect(formatAmounts(quotaUsageOf(ended, NOW_MS))).toBe('count/pods=1');
    expect(formatAmounts(quotaUsageOf(pod([{}]), NOW_MS))).toBe('count/pods=1,pods=1');
  });
});

describe('what a Service takes of a quota', () => {
  const ports = (...nodePorts: readonly number[]) => ({
    ports: nodePorts.map((nodePort, index) => ({ port: 80 + index, ...(nodePort === 0 ? {} : { nodePort }) })),
  });
  it.each<[rule: string, spec: object, expected: string]>([
    ['inside', { type: 'ClusterIP', ...ports(0, 0) }, ''],
    ['a name', { type: 'ExternalName', externalName: 'a.example' }, ''],
    ['a port of the node for each of its own', { type: 'NodePort', ...ports(0, 0) }, 'services.nodeports=2'],
    ['a balancer without ports', { type: 'LoadBalancer', ports: [] }, 'services.loadbalancers=1'],
    ['a balancer', { type: 'LoadBalancer', ...ports(0) }, 'services.loadbalancers=1,services.nodeports=1'],
    [
      'a balancer that wants none',
      { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ...ports(0, 0) },
      'services.loadbalancers=1',
    ],
    [
      'a balancer that wants none, but names some',
      { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ...ports(31_001, 0, 31_002) },
      'services.loadbalancers=1,services.nodeports=2',
    ],
    [
      'a balancer that says that it wants them',
      { type: 'LoadBalancer', allocateLoadBalancerNodePorts: true, ...ports(31_001, 0) },
      'services.loadbalancers=1,services.nodeports=2',
    ],
  ])('%s', (_rule, spec, expected) => expect(taken(object('Service', spec))).toBe(expected));
});

describe('what a claim takes of a quota', () => {
  const claim = (storage: string | undefined, more: object = {}, status: object = {}) =>
    object(
      'PersistentVolumeClaim',
      { resources: { requests: storage === undefined ? {} : { storage } }, ...more },
      { status },
    );
  const gold = { storageClassName: 'gold' };
  const ofGold = (amount: string) =>
    `gold.storageclass.storage.k8s.io/persistentvolumeclaims=1,gold.storageclass.storage.k8s.io/requests.storage=${amount},` +
    `requests.storage=${amount}`;
  it.each<[rule: string, of: KubernetesObject, expected: string]>([
    ['what it asks for', claim('8Gi'), 'requests.storage=8Gi'],
    ['that of its class, too', claim('8Gi', gold), ofGold('8Gi')],
    ['no class of its own', claim('8Gi', { storageClassName: '' }), 'requests.storage=8Gi'],
    ['parts of a byte as a whole one', claim('2500m', gold), ofGold('3')],
    ['nothing asked for', claim(undefined), ''],
    [
      'what it has got while it is made smaller again',
      claim('4G', {}, { allocatedResources: { storage: '7G' } }),
      'requests.storage=7G',
    ],
    [
      'what it asks for beyond what it has got',
      claim('7G', {}, { allocatedResources: { storage: '4G' } }),
      'requests.storage=7G',
    ],
  ])('%s', (_rule, of, expected) => expect(taken(of)).toBe(expected));
});

describe('a scope', () => {
  const quota = (spec: object) => object('ResourceQuota', { hard: { pods: '1' }, ...spec }) as unknown as ResourceQuota;
  const selecting = (scopeName: string, operator: string, values?: readonly string[]) =>
    quota({ scopeSelector: { matchExpressions: [{ scopeName, operator, ...(values && { values }) }] } });
  const term = (more: object) => ({ labelSelector: {}, topologyKey: 'zone', ...more });
  const affinity = (kind: string, list: string, terms: readonly object[]) =>
    pod([{}], { affinity: { [kind]: { [list]: terms } } });
  const [required, preferred] = [
    'requiredDuringSchedulingIgnoredDuringExecution',
    'preferredDuringSchedulingIgnoredDuringExecution',
  ];
  const foreign = quota({ scopes: ['CrossNamespacePodAffinity'] });
  const weighed = (more: object) => [{ weight: 1, podAffinityTerm: term(more) }];
  const high = pod([{}], { priorityClassName: 'high' });
  it.each<[rule: string, of: ResourceQuota, looksAt: KubernetesObject, expected: boolean]>([
    ['none looks at everything', quota({}), object('ConfigMap', {}), true],
    ['looks at pods alone', quota({ scopes: ['NotTerminating'] }), object('Service', {}), false],
    ['has to fit as a whole', quota({ scopes: ['NotTerminating', 'NotBestEffort'] }), pod([{}]), false],
    ['of a deadline', quota({ scopes: ['Terminating'] }), pod([{}], { activeDeadlineSeconds: 0 }), true],
    ['of no deadline', quota({ scopes: ['NotTerminating'] }), pod([{}], { activeDeadlineSeconds: 5 }), false],
    ['of nothing asked for', quota({ scopes: ['BestEffort'] }), pod([{ requests: { 'example.com/gpu': '1' } }]), true],
    ['of something asked for', quota({ scopes: ['NotBestEffort'] }), pod([{}, { limits: { cpu: '1' } }]), true],
    ['of a class', selecting('PriorityClass', 'In', ['low', 'high']), high, true],
    ['of another class', selecting('PriorityClass', 'In', ['low']), high, false],
    ['of all but a class', selecting('PriorityClass', 'NotIn', ['high']), high, false],
    ['of all but a class, and the pod has none', selecting('PriorityClass', 'NotIn', ['high']), pod([{}]), true],
    ['of any class', selecting('PriorityClass', 'Exists'), high, true],
    ['of any class, by its name', quota({ scopes: ['PriorityClass'] }), pod([{}]), false],
    ['of no class', selecting('PriorityClass', 'DoesNotExist'), high, false],
    [
      'of other namespaces, selected',
      foreign,
      affinity('podAffinity', required, [term({ namespaceSelector: {} })]),
      true,
    ],
    ['of other namespaces, named', foreign, affinity('podAntiAffinity', required, [term({ namespaces: ['x'] })]), true],
    ['of other namespaces, liked', foreign, affinity('podAffinity', preferred, weighed({ namespaces: ['x'] })), true],
    [
      'of other namespaces, disliked',
      foreign,
      affinity('podAntiAffinity', preferred, weighed({ namespaceSelector: {} })),
      true,
    ],
    ['of its own namespace', foreign, affinity('podAffinity', required, [term({})]), false],
  ])('%s', (_rule, of, looksAt, expected) => expect(isInQuotaScope(of, looksAt)).toBe(expected));
});

it('knows the kinds that it limits', () => {
  const hard = Object.fromEntries(
    [
      ...['services.nodeports', 'requests.storage', 'gold.storageclass.storage.k8s.io/requests.storage'],
      ...['count/deployments.apps', 'count/secrets', 'configmaps', 'limits.memory', 'requests.example.com/gpu'],
    ].map((name) => [name, '1']),
  );
  const kinds = quotaKinds(object('ResourceQuota', { hard }) as unknown as ResourceQuota);
  expect(kinds.map(({ kind }) => kind).sort()).toEqual([
    ...['ConfigMap', 'Deployment', 'PersistentVolumeClaim', 'Pod', 'Secret', 'Service'],
  ]);
});
