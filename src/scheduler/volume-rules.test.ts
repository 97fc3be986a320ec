import { describe, expect, it } from 'vitest';
import { claimOf, classOf, DELAYED, volumeOf } from '../objects/storage/testing.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod, StorageClass } from '../objects/types.ts';
import { sortClaims } from './plan-volumes.ts';
import { outcome, testCluster, testNode, testPod } from './testing.ts';

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
    [
      'a bound claim whose volume is gone',
      { claims: [bound()] },
      ofNodes('node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)'),
    ],
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

  it('costs pods without claims nothing and leaves them alone', () => {
    expect(outcome(testPod('a'), clusterOf({}))).toBe('n1');
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

describe('the zone of a volume', () => {
  const ZONE = 'topology.kubernetes.io/zone';
  const OLD_ZONE = 'failure-domain.beta.kubernetes.io/zone';
  it.each<[rule: string, volume: Record<string, string>, node: Record<string, string>, isFeasible: boolean]>([
    ['the same zone', { [ZONE]: 'a' }, { [ZONE]: 'a' }, true],
    ['another zone', { [ZONE]: 'a' }, { [ZONE]: 'b' }, false],
    ['one of several', { [ZONE]: 'a__b' }, { [ZONE]: 'b' }, true],
    ['none of several', { [ZONE]: 'a__b' }, { [ZONE]: 'c' }, false],
    ['the older name', { [OLD_ZONE]: 'a' }, { [ZONE]: 'a' }, true],
    ['the older name of another', { [OLD_ZONE]: 'a' }, { [ZONE]: 'b' }, false],
    ['a node that is in no zone at all', { [ZONE]: 'a' }, {}, true],
    ['a node of which only the region is known', { [ZONE]: 'a' }, { 'topology.kubernetes.io/region': 'r' }, false],
    ['a volume that is in no zone', {}, { [ZONE]: 'b' }, true],
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
