import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../../lib/json.ts';
import { claimOf, classOf, DELAYED, volumeOf } from '../../objects/storage/testing.ts';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../objects/types.ts';
import { type ClaimSnapshot, computeClaim } from './compute-claim.ts';

const NODE = { 'volume.kubernetes.io/selected-node': 'node-1' };
const ASKED = {
  'volume.kubernetes.io/storage-provisioner': 'rancher.io/local-path',
  'volume.beta.kubernetes.io/storage-provisioner': 'rancher.io/local-path',
};
const COMPLETED = { 'pv.kubernetes.io/bind-completed': 'yes' };

/** `bind pv-1`, `phase Bound`, `Warning FailedBinding: …`: what is done, in order. */
function steps(claim: PersistentVolumeClaim, world: Partial<World> = {}): string {
  const { volumes = [], classes = [], pods = [] } = world;
  const named = volumes.find(({ metadata }) => metadata.name === claim.spec?.volumeName);
  const storageClass = classes.find(({ metadata }) => metadata.name === claim.spec?.storageClassName);
  const snapshot: ClaimSnapshot = {
    ...deepFreeze({ claim, named, storageClass }),
    volumes: () => volumes,
    storageClasses: () => classes,
    waitingPods: () => pods,
  };
  return computeClaim(snapshot)
    .map((action) => {
      if (action.type === 'report') return `${action.eventType} ${action.reason}: ${action.message.slice(0, 60)}`;
      if (action.type === 'setClaimStatus')
        return `phase ${action.status.phase} ${action.status.capacity?.['storage']}`;
      if (action.type === 'setVolumePhase') return `${action.name} ${action.phase}`;
      if (action.type === 'updateVolume') return `volume ${action.volume.metadata.name} ${action.reason}`;
      return `claim ${action.reason}`;
    })
    .join('\n');
}

interface World {
  readonly volumes: readonly PersistentVolume[];
  readonly classes: readonly StorageClass[];
  readonly pods: readonly string[];
}

function goingVolume(name: string): PersistentVolume {
  const { metadata, ...volume } = volumeOf(name);
  return { ...volume, metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
}

const bound = (name: string, capacity: string) =>
  [`volume ${name} Bound`, `${name} Bound`, 'claim Bound', `phase Bound ${capacity}`].join('\n');
const WAIT_FOR_PROVISIONER =
  'Normal ExternalProvisioning: Waiting for a volume to be created either by the external pr';

describe('computeClaim', () => {
  it.each<[rule: string, claim: PersistentVolumeClaim, world: Partial<World>, expected: string]>([
    [
      'takes the smallest volume that is large enough',
      claimOf({ storage: '5Gi', className: '' }),
      {
        volumes: [
          volumeOf('big', { storage: '10Gi' }),
          volumeOf('small', { storage: '1Gi' }),
          volumeOf('fit', { storage: '6Gi' }),
        ],
      },
      bound('fit', '6Gi'),
    ],
    [
      'takes only a volume of its class',
      claimOf({ className: 'slow' }),
      { volumes: [volumeOf('none'), volumeOf('slow', { className: 'slow' })], classes: [classOf('slow')] },
      bound('slow', '1Gi'),
    ],
    [
      'takes only a volume with all its access modes',
      claimOf({ className: '', modes: ['ReadWriteOnce', 'ReadOnlyMany'] }),
      { volumes: [volumeOf('one'), volumeOf('two', { modes: ['ReadOnlyMany', 'ReadWriteOnce'] })] },
      bound('two', '1Gi'),
    ],
    [
      'takes a larger volume rather than one that offers more access modes than it needs',
      claimOf({ className: '' }),
      {
        volumes: [volumeOf('many', { modes: ['ReadWriteOnce', 'ReadOnlyMany'] }), volumeOf('one', { storage: '5Gi' })],
      },
      bound('one', '5Gi'),
    ],
    [
      'says that the volume which it names is going',
      claimOf({ className: '', volumeName: 'pv' }),
      { volumes: [goingVolume('pv')] },
      'Warning VolumeMismatch: Cannot bind to requested volume "pv": the volume is marked f',
    ],
    [
      'takes only a volume with the labels that it selects',
      claimOf({ className: '', selector: { matchLabels: { disk: 'ssd' } } }),
      { volumes: [volumeOf('any'), volumeOf('ssd', { labels: { disk: 'ssd' } })] },
      bound('ssd', '1Gi'),
    ],
    [
      'prefers a volume that is reserved for it over a smaller one',
      claimOf({ className: '' }),
      { volumes: [volumeOf('free'), volumeOf('mine', { storage: '9Gi', reservedFor: 'data' })] },
      bound('mine', '9Gi'),
    ],
    [
      'takes no volume that is reserved for another, or that is not available',
      claimOf({ className: '' }),
      { volumes: [volumeOf('theirs', { reservedFor: 'other' }), volumeOf('old', { phase: 'Released' })] },
      'Normal FailedBinding: no persistent volumes available for this claim and no storag',
    ],
    [
      'waits for a pod where its class says so',
      claimOf({ className: 'wait' }),
      { classes: [DELAYED] },
      'Normal WaitForFirstConsumer: waiting for first consumer to be created before binding',
    ],
    [
      'names the pods that are not scheduled yet',
      claimOf({ className: 'wait' }),
      { classes: [DELAYED], pods: ['a', 'b'] },
      'Normal WaitForPodScheduled: waiting for pods a,b to be scheduled',
    ],
    [
      'does not take a free volume before the scheduler has chosen',
      claimOf({ className: 'wait' }),
      { classes: [DELAYED], volumes: [volumeOf('free', { className: 'wait' })] },
      'Normal WaitForFirstConsumer: waiting for first consumer to be created before binding',
    ],
    [
      'takes the one that the scheduler has reserved',
      claimOf({ className: 'wait' }),
      {
        classes: [DELAYED],
        volumes: [volumeOf('mine', { className: 'wait', reservedFor: 'data', reservedUid: 'uid-data' })],
      },
      ['mine Bound', 'claim Bound', 'phase Bound 1Gi'].join('\n'),
    ],
    [
      'asks for a volume on the node that was chosen',
      claimOf({ className: 'wait', annotations: NODE }),
      { classes: [DELAYED] },
      `claim ProvisionerAsked\n${WAIT_FOR_PROVISIONER}`,
    ],
    [
      'asks at once without a delay',
      claimOf({ className: 'now' }),
      { classes: [classOf('now')] },
      `claim ProvisionerAsked\n${WAIT_FOR_PROVISIONER}`,
    ],
    [
      'asks nobody of a class without provisioner',
      claimOf({ className: 'local' }),
      { classes: [classOf('local', { provisioner: 'kubernetes.io/no-provisioner' })] },
      'Warning ProvisioningFailed: no volume plugin matched name: kubernetes.io/no-provisioner',
    ],
    [
      'asks nobody of a class whose provisioner Kubernetes had in itself',
      claimOf({ className: 'cloud' }),
      { classes: [classOf('cloud', { provisioner: 'kubernetes.io/aws-ebs' })] },
      'Warning ProvisioningFailed: no volume plugin matched name: kubernetes.io/aws-ebs',
    ],
    [
      'takes a volume that there is rather than ask for one',
      claimOf({ className: 'now' }),
      { classes: [classOf('now')], volumes: [volumeOf('there', { className: 'now' })] },
      bound('there', '1Gi'),
    ],
    [
      'takes no free volume when a node was chosen for one to be made there',
      claimOf({ className: 'wait', annotations: NODE }),
      { classes: [DELAYED], volumes: [volumeOf('free', { className: 'wait' })] },
      `claim ProvisionerAsked\n${WAIT_FOR_PROVISIONER}`,
    ],
    [
      'asks no second time',
      claimOf({ className: 'now', annotations: ASKED }),
      { classes: [classOf('now')] },
      WAIT_FOR_PROVISIONER,
    ],
    [
      'misses its class',
      claimOf({ className: 'gone' }),
      {},
      'Warning ProvisioningFailed: storageclass.storage.k8s.io "gone" not found',
    ],
    [
      'gets the default class that came after it',
      claimOf({}),
      { classes: [classOf('std', { isDefault: true })] },
      'claim DefaultClass',
    ],
    [
      'keeps asking for no class',
      claimOf({ className: '' }),
      { classes: [classOf('std', { isDefault: true })] },
      'Normal FailedBinding: no persistent volumes available for this claim and no storag',
    ],
    ['waits for the volume that it names', claimOf({ volumeName: 'pv-1' }), {}, ''],
    [
      'takes the volume that it names',
      claimOf({ className: '', volumeName: 'pv-1' }),
      { volumes: [volumeOf('pv-1')] },
      bound('pv-1', '1Gi'),
    ],
    [
      'does not take one that is too small',
      claimOf({ className: '', volumeName: 'pv-1', storage: '2Gi' }),
      { volumes: [volumeOf('pv-1')] },
      'Warning VolumeMismatch: Cannot bind to requested volume "pv-1": requested PV is too ',
    ],
    [
      'does not take one of another class',
      claimOf({ className: 'x', volumeName: 'pv-1' }),
      { volumes: [volumeOf('pv-1')] },
      'Warning VolumeMismatch: Cannot bind to requested volume "pv-1": storageClassName doe',
    ],
    [
      'does not take one of somebody else',
      claimOf({ volumeName: 'pv-1' }),
      { volumes: [volumeOf('pv-1', { reservedFor: 'other' })] },
      'Warning FailedBinding: volume "pv-1" already bound to a different claim.',
    ],
    [
      'is lost with its volume',
      claimOf({ volumeName: 'pv-1', annotations: COMPLETED, phase: 'Bound' }),
      {},
      'phase Lost undefined\nWarning ClaimLost: Bound claim has lost its PersistentVolume. Data on the volum',
    ],
    ['says that it is lost once', claimOf({ volumeName: 'pv-1', annotations: COMPLETED, phase: 'Lost' }), {}, ''],
    [
      'is lost when another has its volume',
      claimOf({ volumeName: 'pv-1', annotations: COMPLETED, phase: 'Bound' }),
      { volumes: [volumeOf('pv-1', { reservedFor: 'data', reservedUid: 'another' })] },
      'phase Lost undefined\nWarning ClaimMisbound: Two claims are bound to the same volume, this one is bound i',
    ],
    [
      'binds a volume again that came loose',
      claimOf({ volumeName: 'pv-1', annotations: COMPLETED, phase: 'Bound' }),
      { volumes: [volumeOf('pv-1')] },
      'volume pv-1 Bound\npv-1 Bound',
    ],
    [
      'rests when all is bound',
      claimOf({ volumeName: 'pv-1', annotations: COMPLETED, phase: 'Bound' }),
      { volumes: [volumeOf('pv-1', { reservedFor: 'data', reservedUid: 'uid-data', phase: 'Bound' })] },
      '',
    ],
    [
      'takes a volume of no class, however that is written',
      claimOf({ className: '' }),
      { volumes: [volumeOf('classed', { className: 'slow' }), volumeOf('empty', { storage: '9Gi', className: '' })] },
      bound('empty', '9Gi'),
    ],
    [
      'is not set aside for a claim of its name that came later',
      claimOf({ className: '' }),
      { volumes: [volumeOf('v', { storage: '10Gi', reservedFor: 'data', reservedUid: 'older' })] },
      'Normal FailedBinding: no persistent volumes available for this claim and no storag',
    ],
    [
      'completes what a crash has cut short after the volume was written',
      claimOf({ className: '' }),
      { volumes: [volumeOf('v', { reservedFor: 'data', reservedUid: 'uid-data', phase: 'Pending', isChosen: true })] },
      ['v Bound', 'claim Bound', 'phase Bound 1Gi'].join('\n'),
    ],
    [
      'completes what a crash has cut short after the claim was written',
      claimOf({ className: '', volumeName: 'v', annotations: COMPLETED }),
      { volumes: [volumeOf('v', { reservedFor: 'data', reservedUid: 'uid-data', phase: 'Bound' })] },
      'phase Bound 1Gi',
    ],
    [
      'waits again when what it was bound to without completion is gone',
      claimOf({ className: '', volumeName: 'gone', phase: 'Bound', granted: '1Gi' }),
      {},
      'phase Pending undefined',
    ],
    [
      'takes the volume that it names also where its selector says no',
      claimOf({ className: '', volumeName: 'v', selector: { matchLabels: { disk: 'ssd' } } }),
      { volumes: [volumeOf('v')] },
      bound('v', '1Gi'),
    ],
    [
      'is lost when it has forgotten its volume',
      claimOf({ annotations: COMPLETED, phase: 'Bound' }),
      {},
      'phase Lost undefined\nWarning ClaimLost: Bound claim has lost reference to PersistentVolume. Data on ',
    ],
    [
      'says which access modes its volume has now, and keeps the size that it was granted',
      claimOf({
        ...{ volumeName: 'v', annotations: COMPLETED, phase: 'Bound', granted: '1Gi' },
        grantedModes: ['ReadOnlyMany'],
      }),
      { volumes: [volumeOf('v', { storage: '5Gi', reservedFor: 'data', reservedUid: 'uid-data', phase: 'Bound' })] },
      'phase Bound 1Gi',
    ],
    [
      'forgets a size that it has from nowhere',
      claimOf({ className: '', granted: '1Gi' }),
      {},
      'Normal FailedBinding: no persistent volumes available for this claim and no storag\nphase Pending undefined',
    ],
    [
      'grows with its request where the class lets it',
      claimOf({
        className: 'wait',
        volumeName: 'pv-1',
        annotations: COMPLETED,
        phase: 'Bound',
        storage: '3Gi',
        granted: '1Gi',
      }),
      {
        classes: [{ ...DELAYED, allowVolumeExpansion: true }],
        volumes: [
          volumeOf('pv-1', {
            className: 'wait',
            reservedFor: 'data',
            reservedUid: 'uid-data',
            phase: 'Bound',
            isProvisioned: true,
          }),
        ],
      },
      'volume pv-1 Resized\nphase Bound 3Gi\nNormal VolumeResizeSuccessful: Resize volume succeeded',
    ],
  ])('%s', (_rule, claim, world, expected) => {
    expect(steps(claim, world)).toBe(expected);
  });

  it('marks what the binder chose, and not what a person reserved', () => {
    const annotationsOf = (volume: PersistentVolume) => {
      const [first] = computeClaim({
        claim: claimOf({ className: '' }),
        named: undefined,
        storageClass: undefined,
        volumes: () => [volume],
        storageClasses: () => [],
        waitingPods: () => [],
      });
      return first?.type === 'updateVolume' ? first.volume.metadata.annotations : undefined;
    };
    expect(annotationsOf(volumeOf('free'))).toEqual({ 'pv.kubernetes.io/bound-by-controller': 'yes' });
    expect(annotationsOf(volumeOf('mine', { reservedFor: 'data' }))).toBeUndefined();
  });
});

it.each([
  ['', 'no persistent volumes available for this claim and no storage class is set'],
  ['manual', 'storageclass.storage.k8s.io "manual" not found'],
])('a claim of class "%s" is told which volume is kept for an earlier one of its name', (className, message) => {
  const told = (volume: PersistentVolume) => {
    const claim = claimOf({ className });
    const none = { named: undefined, storageClass: undefined, storageClasses: () => [], waitingPods: () => [] };
    const actions = computeClaim({ ...none, claim, volumes: () => [volume] });
    return actions.flatMap((action) => (action.type === 'report' ? action.message : []));
  };
  const before = { phase: 'Released', reservedFor: 'data', reservedUid: 'before', className } as const;
  const kept = 'is Released, kept for an earlier claim of this name until its spec.claimRef is removed';
  expect(told(volumeOf('static', before))).toEqual([`${message}; volume "static" ${kept}`]);
  expect(told(volumeOf('static', { ...before, reservedFor: 'other' }))).toEqual([message]);
});
