import { expect, it } from 'vitest';
import { CLAIM_PROTECTION } from '../../objects/storage/names.ts';
import type { PersistentVolumeClaim, Pod } from '../../objects/types.ts';
import { isClaimReleasable } from './compute-volume-protection.ts';

const DELETED_AT = '2026-01-01T00:00:00Z';

function claimNamed(name: string, metadata: Partial<PersistentVolumeClaim['metadata']> = {}): PersistentVolumeClaim {
  const deletion = { deletionTimestamp: DELETED_AT, finalizers: [CLAIM_PROTECTION] };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, ...deletion, ...metadata },
    spec: {},
  } as PersistentVolumeClaim;
}

function podWith(volume: object, metadata: object = {}, nodeName: string | undefined = 'box'): Pod {
  const spec = { nodeName, containers: [], volumes: [volume] };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop', ...metadata },
    spec,
  } as unknown as Pod;
}

const OWN = { name: 'own', ephemeral: { volumeClaimTemplate: { spec: {} } } };
const SHARED = { name: 'data', persistentVolumeClaim: { claimName: 'data' } };
const OTHER = { name: 'data', persistentVolumeClaim: { claimName: 'other' } };
const SCRATCH = { name: 'data', emptyDir: {} };
const ended = (pod: Pod): Pod => ({ ...pod, status: { phase: 'Failed' } });
const STOPPING = { deletionTimestamp: DELETED_AT, deletionGracePeriodSeconds: 30 };
const SHUT_DOWN = { deletionTimestamp: DELETED_AT, deletionGracePeriodSeconds: 0 };

/** After TestPVCProtectionController. */
it.each([
  ['goes when nobody uses it', claimNamed('data'), [], true],
  ['stays while a pod on a node uses it', claimNamed('data'), [podWith(SHARED)], false],
  ['stays while a pod uses it that has ended and is still there', claimNamed('data'), [ended(podWith(SHARED))], false],
  ['does not wait for pods with other volumes', claimNamed('data'), [podWith(OTHER), podWith(SCRATCH)], true],
  ['does not wait for a pod without a node', claimNamed('data'), [podWith(SHARED, {}, '')], true],
  ['stays for a pod that is shut down and has not gone', claimNamed('data'), [podWith(SHARED, SHUT_DOWN)], false],
  ['stays while the pod that owns it stops', claimNamed('web-own'), [podWith(OWN, STOPPING)], false],
  ['goes before the pod that owns it and waits for it', claimNamed('web-own'), [podWith(OWN, SHUT_DOWN)], true],
  ['is none of ours without the finalizer', claimNamed('data', { finalizers: [] }), [], false],
  [
    'stays when nobody deletes it',
    { ...claimNamed('data'), metadata: { name: 'data', finalizers: [CLAIM_PROTECTION] } } as PersistentVolumeClaim,
    [],
    false,
  ],
])('a claim %s', (_, claim, pods, expected) => expect(isClaimReleasable(claim, () => pods)).toBe(expected));
