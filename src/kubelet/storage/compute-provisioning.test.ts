import { expect, test } from 'vitest';
import { claimOf, classOf, DELAYED, volumeOf } from '../../objects/storage/testing.ts';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../objects/types.ts';
import { computeProvisioning, computeReclaim, newVolume } from './compute-provisioning.ts';

const ASKED = { 'volume.kubernetes.io/storage-provisioner': 'rancher.io/local-path' };
const ON = (node: string) => ({ ...ASKED, 'volume.kubernetes.io/selected-node': node });

test.each<[rule: string, claim: PersistentVolumeClaim, storageClass: StorageClass | undefined, expected: string]>([
  ['makes a volume on the chosen node', claimOf({ annotations: ON('n1') }), DELAYED, 'provision Asked'],
  ['leaves other nodes to theirs', claimOf({ annotations: ON('n2') }), DELAYED, 'none OtherNode'],
  ['waits for the choice', claimOf({ annotations: ASKED }), DELAYED, 'none NotAsked'],
  ['needs no choice without a delay', claimOf({ annotations: ASKED }), classOf('now'), 'provision Asked'],
  ['is asked by the binder only', claimOf({}), classOf('now'), 'none NotAsked'],
  [
    'leaves other classes to their provisioners',
    claimOf({ annotations: ASKED }),
    classOf('x', { provisioner: 'x/y' }),
    'none NotAsked',
  ],
  ['makes one volume', claimOf({ annotations: ON('n1'), volumeName: 'pv' }), DELAYED, 'none HasVolume'],
  ['cannot choose by labels', claimOf({ annotations: ON('n1'), selector: {} }), DELAYED, 'refuse Unsupported'],
])('provisioning %s', (_rule, claim, storageClass, expected) => {
  const { type, reason } = computeProvisioning({ claim, storageClass, nodeName: 'n1' });
  expect(`${type} ${reason}`).toBe(expected);
});

test('a new volume is reserved for its claim, on its node, and held until its folder is gone', () => {
  const claim = claimOf({ className: 'wait', annotations: ON('n1'), storage: '1024Mi' });
  const snapshot = { claim, storageClass: DELAYED, nodeName: 'n1' };
  const plan = computeProvisioning(snapshot);
  expect(plan).toMatchObject({ volumeName: 'pvc-uid-data', folder: 'pvc-uid-data_default_data' });
  expect(newVolume(snapshot, 'pvc-uid-data', '/srv/x')).toMatchObject({
    metadata: { finalizers: ['external-provisioner.volume.kubernetes.io/finalizer'] },
    spec: { capacity: { storage: '1Gi' }, claimRef: { name: 'data', uid: 'uid-data' }, local: { path: '/srv/x' } },
  });
  const retained = newVolume({ ...snapshot, storageClass: { ...DELAYED, reclaimPolicy: 'Retain' } }, 'v', '/srv/x');
  expect(retained.metadata?.finalizers).toBeUndefined();
});

const made = { isProvisioned: true, node: 'n1', policy: 'Delete', reservedFor: 'data' } as const;
const going = (volume: PersistentVolume, finalizers: string[] = []): PersistentVolume => ({
  ...volume,
  metadata: { ...volume.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', finalizers },
});

test.each<[rule: string, volume: PersistentVolume, expected: string]>([
  ['deletes what was released', volumeOf('v', { ...made, phase: 'Released' }), 'delete'],
  ['keeps what is bound', volumeOf('v', { ...made, phase: 'Bound' }), 'none'],
  [
    'keeps what is bound although somebody deletes the object',
    going(volumeOf('v', { ...made, phase: 'Bound' })),
    'none',
  ],
  ['keeps what is to be retained', volumeOf('v', { ...made, phase: 'Released', policy: 'Retain' }), 'none'],
  [
    'lets an object go whose data was told to stay',
    going(volumeOf('v', { ...made, phase: 'Released', policy: 'Retain' }), [
      'external-provisioner.volume.kubernetes.io/finalizer',
    ]),
    'letGo',
  ],
  ['leaves volumes of other nodes', volumeOf('v', { ...made, phase: 'Released', node: 'n2' }), 'none'],
  ['leaves volumes that others made', volumeOf('v', { ...made, phase: 'Released', isProvisioned: false }), 'none'],
])('reclaiming %s', (_rule, volume, expected) => {
  expect(computeReclaim(volume, 'n1')).toBe(expected);
});
