import { formatTime } from '../../lib/clock.ts';
import { unboundVolume } from '../../objects/storage/bind-volume.ts';
import { PROVISIONED_BY } from '../../objects/storage/names.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../objects/types.ts';
import type { ReportAction } from './compute-claim.ts';

export type VolumeStatus = NonNullable<PersistentVolume['status']>;
export type VolumePhase = 'Available' | 'Bound' | 'Released' | 'Failed';

export interface VolumeSnapshot {
  readonly volume: PersistentVolume;
  /** The claim that has the name in `spec.claimRef`, whatever its uid. */
  readonly claim: PersistentVolumeClaim | undefined;
}

export type VolumeAction =
  | { readonly type: 'updateVolume'; readonly volume: PersistentVolume; readonly reason: 'Unbound' }
  | { readonly type: 'setPhase'; readonly phase: VolumePhase; readonly message: string; readonly reason: VolumePhase }
  | { readonly type: 'lookAtClaim'; readonly namespace: string; readonly name: string; readonly reason: 'NotBoundYet' }
  | ReportAction;

/** What becomes of a volume (pv_controller, syncVolume); ordered rules, the first that matches wins. */
export function computeVolume(snapshot: VolumeSnapshot): readonly VolumeAction[] {
  const { volume } = snapshot;
  const reference = volume.spec?.claimRef;
  // Unused, or reserved by a person for a claim that is not bound to it yet.
  if (reference === undefined || (reference.uid ?? '') === '') return setPhase(volume, 'Available');
  const claim = snapshot.claim?.metadata.uid === reference.uid ? snapshot.claim : undefined;
  // Its claim was deleted; one of the same name that came later has no right to it.
  if (claim === undefined) return release(volume);
  const name = claim.spec?.volumeName ?? '';
  if (name === volume.metadata.name) return setPhase(volume, 'Bound');
  if (name === '')
    return [
      {
        type: 'lookAtClaim',
        namespace: claim.metadata.namespace ?? 'default',
        name: claim.metadata.name,
        reason: 'NotBoundYet',
      },
    ];
  // "This volume was dynamically provisioned for this claim. The claim got bound elsewhere, and thus this volume is not
  // needed. Delete it."
  const isProvisioned = volume.metadata.annotations?.[PROVISIONED_BY] !== undefined;
  if (isProvisioned && policyOf(volume) === 'Delete') return release(volume);
  return [{ type: 'updateVolume', volume: unboundVolume(volume), reason: 'Unbound' }, ...setPhase(volume, 'Available')];
}

function policyOf({ spec }: PersistentVolume): string {
  return spec?.persistentVolumeReclaimPolicy ?? 'Retain';
}

/**
 * "Retain: the PV still exists and the volume is considered released, but it is not yet available for another claim
 * because the previous claimant's data remains on it. Delete: removes both the PersistentVolume object and the
 * associated storage" (Persistent Volumes, Reclaiming): whoever made the volume does that.
 */
function release(volume: PersistentVolume): readonly VolumeAction[] {
  const phase = volume.status?.phase;
  const released = phase === 'Released' || phase === 'Failed' ? [] : setPhase(volume, 'Released');
  if (policyOf(volume) !== 'Delete' || volume.metadata.annotations?.[PROVISIONED_BY] !== undefined) return released;
  const message = `error getting deleter volume plugin for volume "${volume.metadata.name}": no deletable volume plugin matched`;
  if (phase === 'Failed') return [];
  return [
    ...released,
    { type: 'setPhase', phase: 'Failed', message, reason: 'Failed' },
    { type: 'report', eventType: 'Warning', reason: 'VolumeFailedDelete', message },
  ];
}

function setPhase(volume: PersistentVolume, phase: VolumePhase): readonly VolumeAction[] {
  return volume.status?.phase === phase ? [] : [{ type: 'setPhase', phase, message: '', reason: phase }];
}

/**
 * "lastPhaseTransitionTime is the time the phase transitioned from one to another" (core/v1).
 */
export function statusInPhase(phase: VolumePhase, message: string, nowMs: number): VolumeStatus {
  return { phase, lastPhaseTransitionTime: formatTime(nowMs), ...(message === '' ? {} : { message }) };
}
