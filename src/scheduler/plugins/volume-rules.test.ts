import { describe, expect, it } from 'vitest';
import { claimOf, classOf, DELAYED, volumeOf } from '../../objects/storage/testing.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod, StorageClass } from '../../objects/types.ts';
import { podInfoOf } from '../cluster/pod-info.ts';
import { preempt } from '../preemption/preempt.ts';
import { refusalOn } from '../schedule.ts';
import { outcome, testCluster, testNode, testPod } from '../testing.ts';
import { FILTERS } from './index.ts';
import { planVolumes, sortClaims } from './plan-volumes.ts';

const HOST = 'kubernetes.io/hostname';
const nodes = ['n1', 'n2'].map((name) => testNode(name, { labels: { [HOST]: name } }));
const USES_DATA = { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] };
const COMPLETED = { 'pv.kubernetes.io/bind-completed': 'yes' };
const bound = (over: Parameters<typeof claimOf>[0] = {}) =>
  claimOf({ volumeName: 'pv', annotations: COMPLETED, phase: 'Bound', ...over });
const mine = { reservedFor: 'data', reservedUid: 'uid-data', phase: 'Bound' } as const;

interface World {
  readonly claims?: readonly PersistentVolumeClaim[];
  readonly volumes?: readonly PersistentVolume[];
  readonly classes?: readonly StorageClass[];
  readonly pods?: readonly Pod[];
}

function clusterOf({ claims = [], volumes = [], classes = [], pods = [] }: World) {
  const cluster = testCluster(nodes, pods);
  for (const claim of claims) cluster.volumes.setClaim(claim);
  for (const volume of volumes) cluster.volumes.setVolume(volume);
  for (const storageClass of classes) cluster.volumes.setStorageClass(storageClass);
  return cluster;
}

const HELPLESS = 'preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.';
const ofPod = (reason: string) => `0/2 nodes are available: ${reason}. ${HELPLESS}`;
const ofNodes = (reason: string) => `0/2 nodes are available: 2 ${reason}. ${HELPLESS}`;
const allowed = (...values: string[]) => ({ allowedTopologies: [{ matchLabelExpressions: [{ key: HOST, values }] }] });

describe('volumes and nodes', () => {
  it.each<[rule: string, world: World, expected: string]>([
    ['a claim that is not there', {}, ofPod('persistentvolumeclaim "data" not found')],
    [
      'a claim that should be bound',
      { claims: [claimOf({ className: '' })] },
      ofPod('pod has unbound immediate PersistentVolumeClaims'),
    ],
    [
      'a claim that names its volume is not for the scheduler to bind',
      { claims: [claimOf({ className: 'wait', volumeName: 'pv' })], classes: [DELAYED] },
      ofPod('pod has unbound immediate PersistentVolumeClaims'),
    ],
    [
      'a lost claim',
      { claims: [bound({ phase: 'Lost' })] },
      ofPod('persistentvolumeclaim "data" bound to non-existent persistentvolume "pv"'),
    ],
    ['a bound claim whose volume is gone', { claims: [bound()] }, ofPod('persistentvolume "pv" not found')],
    ['a volume on one node', { claims: [bound()], volumes: [volumeOf('pv', { ...mine, node: 'n2' })] }, 'n2'],
    [
      'a volume on a node that is gone',
      { claims: [bound()], volumes: [volumeOf('pv', { ...mine, node: 'n9' })] },
      ofNodes('node(s) had volume node affinity conflict'),
    ],
    [
      'a free volume decides the node',
      {
        claims: [claimOf({ className: 'local' })],
        volumes: [volumeOf('pv', { className: 'local', node: 'n2' })],
        classes: [
          {
            ...classOf('local', { provisioner: 'kubernetes.io/no-provisioner' }),
            volumeBindingMode: 'WaitForFirstConsumer',
          },
        ],
      },
      'n2',
    ],
    [
      'a volume that is set aside for the claim decides it, whatever else is free elsewhere',
      {
        claims: [claimOf({ className: 'local' })],
        volumes: [
          volumeOf('free', { className: 'local', node: 'n1' }),
          volumeOf('pv', { className: 'local', node: 'n2', reservedFor: 'data' }),
        ],
        classes: [
          {
            ...classOf('local', { provisioner: 'kubernetes.io/no-provisioner' }),
            volumeBindingMode: 'WaitForFirstConsumer',
          },
        ],
      },
      'n2',
    ],
    [
      'no volume and nobody who makes one',
      {
        claims: [claimOf({ className: 'local' })],
        classes: [
          {
            ...classOf('local', { provisioner: 'kubernetes.io/no-provisioner' }),
            volumeBindingMode: 'WaitForFirstConsumer',
          },
        ],
      },
      ofNodes("node(s) didn't find available persistent volumes to bind"),
    ],
    [
      'a class that provisions on some nodes',
      { claims: [claimOf({ className: 'wait' })], classes: [{ ...DELAYED, ...allowed('n2') }] },
      'n2',
    ],
    [
      'a class whose only term selects nothing',
      {
        claims: [claimOf({ className: 'wait' })],
        classes: [{ ...DELAYED, allowedTopologies: [{ matchLabelExpressions: [] }] }],
      },
      ofNodes("node(s) didn't find available persistent volumes to bind"),
    ],
    [
      'a node that was chosen before',
      {
        claims: [claimOf({ className: 'wait', annotations: { 'volume.kubernetes.io/selected-node': 'n2' } })],
        classes: [DELAYED],
      },
      'n2',
    ],
    [
      'a chosen node that is gone binds nobody',
      {
        claims: [claimOf({ className: 'wait', annotations: { 'volume.kubernetes.io/selected-node': 'n9' } })],
        classes: [DELAYED],
      },
      'n1',
    ],
    [
      'a claim for one pod that another has',
      {
        claims: [bound({ modes: ['ReadWriteOncePod'] })],
        volumes: [volumeOf('pv', mine)],
        pods: [testPod('other', {}, { ...USES_DATA, nodeName: 'n2' })],
      },
      '0/2 nodes are available: 2 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode. ' +
        'preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.',
    ],
  ])('%s', (_rule, world, expected) => {
    expect(outcome(testPod('a', {}, USES_DATA), clusterOf(world))).toBe(expected);
  });

  it('tells for each node that the volume of its own claim is gone', () => {
    const pod = testPod('a', {}, { volumes: [{ name: 'data', ephemeral: {} }] });
    const claim = bound();
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Pod', name: 'a', uid: pod.metadata.uid }];
    const own = { ...claim, metadata: { ...claim.metadata, name: 'a-data', ownerReferences } };
    expect(outcome(pod, clusterOf({ claims: [own] }))).toBe(
      ofNodes('node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)'),
    );
  });

  it('says that terms conflict before it looks at claims', () => {
    const named = (value: string) => ({ key: 'metadata.name', operator: 'In' as const, values: [value] });
    const nodeSelectorTerms = [{ matchFields: [named('n1'), named('n2')] }];
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
    expect(outcome(testPod('a', {}, { ...USES_DATA, affinity }), clusterOf({}))).toBe(
      ofPod('pod affinity terms conflict'),
    );
  });

  it('costs pods without claims nothing and leaves them alone', () => {
    expect(outcome(testPod('a'), clusterOf({}))).toBe('n1');
  });

  it.each([
    { priority: 100, expected: { type: 'preemption', nodeName: 'n2', victims: [{ metadata: { name: 'other' } }] } },
    { priority: 0, expected: { type: 'none' } },
  ])('a claim for one pod goes to the more important one: $priority', ({ priority, expected }) => {
    const cluster = clusterOf({
      claims: [bound({ modes: ['ReadWriteOncePod'] })],
      volumes: [volumeOf('pv', mine)],
      pods: [testPod('other', {}, { ...USES_DATA, nodeName: 'n2' })],
    });
    const info = podInfoOf(testPod('a', {}, { ...USES_DATA, priority }));
    expect(preempt(info, cluster, { nodes: ['n1', 'n2'], budgets: () => [] })).toMatchObject(expected);
  });

  it('frees a claim for one pod when the other is gone', () => {
    const other = testPod('other', {}, { ...USES_DATA, nodeName: 'n2' });
    const cluster = clusterOf({
      claims: [bound({ modes: ['ReadWriteOncePod'] })],
      volumes: [volumeOf('pv', mine)],
      pods: [other],
    });
    cluster.removePod(other.metadata.uid);
    expect(outcome(testPod('a', {}, USES_DATA), cluster)).toBe('n1');
  });

  it('sorts claims by what is to be done, each once', () => {
    const { volumes } = clusterOf({ claims: [claimOf({ className: 'wait' })], classes: [DELAYED] });
    const sorted = sortClaims(['default/data', 'default/data', 'default/none'], volumes);
    expect([sorted.bound.length, sorted.delayed.length, sorted.immediate.length]).toEqual([0, 1, 0]);
  });
});

/** The cases of volumebinding/binder_test.go (FindPodVolumes) that need more than one claim. */
describe('several claims of one pod', () => {
  const LOCAL: StorageClass = {
    ...classOf('local', { provisioner: 'kubernetes.io/no-provisioner' }),
    volumeBindingMode: 'WaitForFirstConsumer',
  };
  const named = (name: string, claim: PersistentVolumeClaim): PersistentVolumeClaim => ({
    ...claim,
    metadata: { ...claim.metadata, name, uid: `uid-${name}` },
  });
  const small = named('small', claimOf({ className: 'local', storage: '1Gi' }));
  const large = named('large', claimOf({ className: 'local', storage: '5Gi' }));
  const made = named('made', claimOf({ className: 'wait' }));
  const done = named('done', bound());
  const now = named('now', claimOf({ className: '' }));
  const local = (name: string, storage: string, node = 'n1') => volumeOf(name, { className: 'local', storage, node });
  const there = volumeOf('pv', { reservedFor: 'done', reservedUid: 'uid-done', phase: 'Bound', node: 'n1' });
  const away = volumeOf('pv', { reservedFor: 'done', reservedUid: 'uid-done', phase: 'Bound', node: 'n9' });
  const NONE = "node(s) didn't find available persistent volumes to bind";
  const CONFLICT = 'node(s) had volume node affinity conflict';
  it.each<
    [
      rule: string,
      claims: PersistentVolumeClaim[],
      volumes: PersistentVolume[],
      plan: string[] | 'none',
      reason: string,
    ]
  >([
    ['each gets another', [small, large], [local('a', '1Gi'), local('b', '5Gi')], ['small=a', 'large=b'], ''],
    ['the smallest chooses first', [large, small], [local('a', '5Gi'), local('b', '6Gi')], ['small=a', 'large=b'], ''],
    ['one finds none', [small, large], [local('a', '1Gi')], 'none', NONE],
    ['one finds it elsewhere', [small, large], [local('a', '1Gi'), local('b', '5Gi', 'n2')], 'none', NONE],
    ['one is bound', [small, done], [there, local('a', '1Gi')], ['small=a'], ''],
    ['one is bound, one finds none', [small, done], [there], 'none', NONE],
    ['one is bound elsewhere, one finds none', [small, done], [away], 'none', `${CONFLICT}, ${NONE}`],
    ['one is found, one is made', [small, made], [local('a', '1Gi')], ['small=a', 'made'], ''],
    ['one is bound, one is made', [done, made], [there], ['made'], ''],
    ['one should be bound by now', [now, small], [], 'none', 'pod has unbound immediate PersistentVolumeClaims'],
  ])('%s', (_rule, claims, volumes, plan, reason) => {
    const cluster = clusterOf({ claims, volumes, classes: [LOCAL, DELAYED] });
    const uses = claims.map(({ metadata: { name } }) => ({ name, persistentVolumeClaim: { claimName: name } }));
    const [node] = cluster.nodes;
    if (node === undefined) throw new Error('no node');
    const keys = claims.map(({ metadata }) => `default/${metadata.name}`);
    const info = podInfoOf(testPod('a', {}, { volumes: uses }));
    expect(refusalOn(node, info, cluster, FILTERS)?.refusal.reasons.join(', ') ?? '').toBe(reason);
    const found = planVolumes(sortClaims(keys, cluster.volumes).delayed, node, cluster.volumes, () => true);
    const told = found && [
      ...found.bind.map(({ claim, volume }) => `${claim.metadata.name}=${volume.metadata.name}`),
      ...found.provision.map(({ metadata }) => metadata.name),
    ];
    expect(told ?? 'none').toEqual(plan);
  });
});

/** The cases of volumezone/volume_zone_test.go. */
describe('the zone of a volume', () => {
  const ZONE = 'topology.kubernetes.io/zone';
  const REGION = 'topology.kubernetes.io/region';
  const OLD_ZONE = 'failure-domain.beta.kubernetes.io/zone';
  it.each<[rule: string, volume: Record<string, string>, node: Record<string, string>, isFeasible: boolean]>([
    ['the same zone', { [ZONE]: 'a' }, { [ZONE]: 'a' }, true],
    ['another zone', { [ZONE]: 'a' }, { [ZONE]: 'b' }, false],
    ['one of several', { [ZONE]: 'a__b' }, { [ZONE]: 'b' }, true],
    ['none of several', { [ZONE]: 'a__b' }, { [ZONE]: 'c' }, false],
    ['the older name', { [OLD_ZONE]: 'a' }, { [ZONE]: 'a' }, true],
    ['the older name of another', { [OLD_ZONE]: 'a' }, { [ZONE]: 'b' }, false],
    ['a node that is in no zone at all', { [ZONE]: 'a' }, {}, true],
    ['a node of which only the region is known', { [ZONE]: 'a' }, { [REGION]: 'r' }, false],
    ['a volume that is in no zone', {}, { [ZONE]: 'b' }, true],
    ['the newer name of a node that has the older', { [ZONE]: 'a' }, { [OLD_ZONE]: 'a' }, false],
    ['the older name on both', { [OLD_ZONE]: 'a__c' }, { [OLD_ZONE]: 'c' }, true],
    ['the same region', { [REGION]: 'r' }, { [REGION]: 'r' }, true],
    ['another region', { [REGION]: 'r' }, { [REGION]: 's' }, false],
    ['a zone and a region, of which the node has one', { [ZONE]: 'a', [REGION]: 'r' }, { [ZONE]: 'a' }, false],
    ['a label that cannot be read', { [ZONE]: 'a__' }, { [ZONE]: 'b' }, true],
    ['an empty label', { [ZONE]: '' }, { [ZONE]: 'b' }, true],
  ])('%s', (_rule, volumeLabels, nodeLabels, isFeasible) => {
    const cluster = testCluster([testNode('n', { labels: nodeLabels })]);
    cluster.volumes.setClaim(bound());
    cluster.volumes.setVolume(volumeOf('pv', { ...mine, labels: volumeLabels }));
    expect(outcome(testPod('p', {}, USES_DATA), cluster)).toBe(
      isFeasible
        ? 'n'
        : '0/1 nodes are available: 1 node(s) had no available volume zone. ' +
            'preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
    );
  });
});
