import { jsonEqual } from '../../lib/json.ts';
import {
  capacityOf,
  claimClassOf,
  compareQuantities,
  defaultStorageClass,
  findMatchingVolume,
  isDelayed,
  isReservedFor,
  mismatchOf,
  parseQuantity,
  requestedStorage,
} from '../../objects/index.ts';
import { annotated, claimBoundTo, volumeBoundTo } from '../../objects/storage/bind-volume.ts';
import {
  BETA_STORAGE_PROVISIONER,
  BIND_COMPLETED,
  IN_TREE_PREFIX,
  LOCAL_PATH_PROVISIONER,
  PROVISIONED_BY,
  SELECTED_NODE,
  STORAGE_PROVISIONER,
} from '../../objects/storage/names.ts';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../objects/types.ts';

export type ClaimStatus = NonNullable<PersistentVolumeClaim['status']>;
type Phase = 'Pending' | 'Bound' | 'Lost';

export interface ClaimSnapshot {
  readonly claim: PersistentVolumeClaim;
  /** The volume that `spec.volumeName` names, if it exists. */
  readonly named: PersistentVolume | undefined;
  readonly storageClass: StorageClass | undefined;
  /** Asked for only while the claim has no volume. */
  readonly volumes: () => readonly PersistentVolume[];
  readonly storageClasses: () => readonly StorageClass[];
  /** Names of pods without a node that use the claim, sorted; asked for only while it waits for one. */
  readonly waitingPods: () => readonly string[];
}

export type ClaimAction =
  | { readonly type: 'updateClaim'; readonly claim: PersistentVolumeClaim; readonly reason: ClaimUpdateReason }
  | { readonly type: 'updateVolume'; readonly volume: PersistentVolume; readonly reason: 'Bound' | 'Resized' }
  | { readonly type: 'setClaimStatus'; readonly status: ClaimStatus; readonly reason: Phase | 'Resized' }
  | { readonly type: 'setVolumePhase'; readonly name: string; readonly phase: 'Bound'; readonly reason: 'Bound' }
  | ReportAction;

type ClaimUpdateReason = 'Bound' | 'DefaultClass' | 'ProvisionerAsked';

export interface ReportAction {
  readonly type: 'report';
  readonly eventType: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/**
 * What becomes of a claim (pv_controller, syncClaim): "a control loop in the control plane watches for new PVCs, finds
 * a matching PV (if possible), and binds them together"; "claims will remain unbound indefinitely if a matching volume
 * does not exist" (Persistent Volumes).
 */
export function computeClaim(snapshot: ClaimSnapshot): readonly ClaimAction[] {
  const { claim } = snapshot;
  if (claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) return computeBoundClaim(snapshot);
  return (claim.spec?.volumeName ?? '') === '' ? computeOpenClaim(snapshot) : computeNamedClaim(snapshot);
}

/** A claim that asks for no volume by name (syncUnboundClaim). */
function computeOpenClaim(snapshot: ClaimSnapshot): readonly ClaimAction[] {
  const { claim, storageClass } = snapshot;
  const isWaiting = isDelayed(storageClass);
  const volume = findMatchingVolume(claim, snapshot.volumes(), { isDelayed: isWaiting });
  if (volume !== undefined) return bind(claim, volume);
  const className = claimClassOf(claim);
  // "If a default StorageClass becomes available later, the control plane identifies any existing PVCs without
  // storageClassName and sets it to the new default" (Retroactive default StorageClass assignment).
  const fallback = className === undefined ? defaultStorageClass(snapshot.storageClasses()) : undefined;
  if (fallback !== undefined) {
    const spec = { ...claim.spec, storageClassName: fallback.metadata.name };
    return [{ type: 'updateClaim', claim: { ...claim, spec }, reason: 'DefaultClass' }];
  }
  const pending = setPhase(claim, 'Pending', undefined);
  if (isWaiting && claim.metadata.annotations?.[SELECTED_NODE] === undefined)
    return [reportWaiting(snapshot.waitingPods()), ...pending];
  if ((className ?? '') !== '' && storageClass !== undefined) return [...provision(claim, storageClass), ...pending];
  const cause = formerVolume(snapshot);
  // Nobody can be asked for one (provisionClaim).
  if ((className ?? '') !== '') {
    const message = `storageclass.storage.k8s.io "${className}" not found${cause}`;
    return [report('Warning', 'ProvisioningFailed', message), ...pending];
  }
  const message = `no persistent volumes available for this claim and no storage class is set${cause}`;
  return [report('Normal', 'FailedBinding', message), ...pending];
}

/**
 * The volume that a claim of the same name had, and why that one is not it: "the volume is considered released, but it
 * is not yet available for another claim because the previous claimant's data remains on the volume" (Persistent
 * Volumes). Kubernetes does not say so of the claim, and whoever declares both looks for the fault there.
 */
function formerVolume({ claim, volumes }: ClaimSnapshot): string {
  const { name, namespace, uid } = claim.metadata;
  const former = volumes().find(({ spec, status }) => {
    const { claimRef } = spec ?? {};
    const isSameName = claimRef?.name === name && claimRef?.namespace === namespace;
    return status?.phase === 'Released' && isSameName && claimRef?.uid !== uid;
  });
  if (former === undefined) return '';
  const kept = 'kept for an earlier claim of this name until its spec.claimRef is removed';
  return `; volume "${former.metadata.name}" is Released, ${kept}`;
}

function reportWaiting(pods: readonly string[]): ReportAction {
  if (pods.length === 0) {
    return report('Normal', 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding');
  }
  const noun = pods.length > 1 ? 'pods' : 'pod';
  return report('Normal', 'WaitForPodScheduled', `waiting for ${noun} ${pods.join(',')} to be scheduled`);
}

/** Asks whoever makes volumes of the class for one (provisionClaim). */
function provision(claim: PersistentVolumeClaim, { provisioner }: StorageClass): readonly ClaimAction[] {
  // Others than these are asked from outside: "external provisioner is requested, do not report error"
  // (findProvisionablePlugin).
  if (provisioner.startsWith(IN_TREE_PREFIX))
    return [report('Warning', 'ProvisioningFailed', `no volume plugin matched name: ${provisioner}`)];
  const asked = annotated(claim, {
    [STORAGE_PROVISIONER]: provisioner,
    [BETA_STORAGE_PROVISIONER]: provisioner,
  });
  const message =
    `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the ` +
    'system administrator. If volume creation is delayed, please verify that the provisioner is running and ' +
    'correctly registered.';
  return [
    ...(asked === claim ? [] : [{ type: 'updateClaim', claim: asked, reason: 'ProvisionerAsked' } as const]),
    report('Normal', 'ExternalProvisioning', message),
  ];
}

/** A claim that asks for one volume and no other. */
function computeNamedClaim({ claim, named }: ClaimSnapshot): readonly ClaimAction[] {
  const pending = setPhase(claim, 'Pending', undefined);
  if (named === undefined) return pending;
  if (isReservedFor(named, claim)) return bind(claim, named);
  if (named.spec?.claimRef !== undefined) {
    const message = `volume "${named.metadata.name}" already bound to a different claim.`;
    return [report('Warning', 'FailedBinding', message), ...pending];
  }
  const mismatch = mismatchOf(named, claim);
  if (mismatch === undefined) return bind(claim, named);
  const message = `Cannot bind to requested volume "${named.metadata.name}": ${mismatch}`;
  return [report('Warning', 'VolumeMismatch', message), ...pending];
}

/** A claim whose binding was completed once (syncBoundClaim). */
function computeBoundClaim(snapshot: ClaimSnapshot): readonly ClaimAction[] {
  const { claim, named } = snapshot;
  if ((claim.spec?.volumeName ?? '') === '') {
    const message = 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!';
    return lose(claim, 'ClaimLost', message);
  }
  if (named === undefined)
    return lose(claim, 'ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!');
  const holder = named.spec?.claimRef;
  if (holder === undefined || holder.uid === claim.metadata.uid)
    return [...bind(claim, named), ...resize(snapshot, named)];
  return lose(claim, 'ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly');
}

/**
 * "If the volume is of a class with allowVolumeExpansion, a larger request in the claim expands the volume that backs
 * it" (Expanding Persistent Volumes Claims). A folder holds as much as its disk, so there is nothing to wait for.
 */
function resize({ claim, storageClass }: ClaimSnapshot, volume: PersistentVolume): readonly ClaimAction[] {
  const granted = claim.status?.capacity?.['storage'];
  if (granted === undefined || storageClass?.allowVolumeExpansion !== true) return [];
  if (volume.metadata.annotations?.[PROVISIONED_BY] !== LOCAL_PATH_PROVISIONER) return [];
  const wanted = claim.spec?.resources?.requests?.['storage'];
  if (wanted === undefined || compareQuantities(requestedStorage(claim), parseQuantity(granted)) <= 0) return [];
  const capacity = { storage: wanted };
  const isSmaller = compareQuantities(capacityOf(volume), requestedStorage(claim)) < 0;
  const grown: PersistentVolume = { ...volume, spec: { ...volume.spec, capacity } };
  return [
    ...(isSmaller ? [{ type: 'updateVolume', volume: grown, reason: 'Resized' } as const] : []),
    { type: 'setClaimStatus', status: { ...claim.status, capacity }, reason: 'Resized' },
    report('Normal', 'VolumeResizeSuccessful', 'Resize volume succeeded'),
  ];
}

function bind(claim: PersistentVolumeClaim, volume: PersistentVolume): readonly ClaimAction[] {
  const boundVolume = volumeBoundTo(volume, claim);
  const boundClaim = claimBoundTo(claim, volume);
  const { name } = volume.metadata;
  return [
    ...(boundVolume === volume ? [] : [{ type: 'updateVolume', volume: boundVolume, reason: 'Bound' } as const]),
    ...(volume.status?.phase === 'Bound'
      ? []
      : [{ type: 'setVolumePhase', name, phase: 'Bound', reason: 'Bound' } as const]),
    ...(boundClaim === claim ? [] : [{ type: 'updateClaim', claim: boundClaim, reason: 'Bound' } as const]),
    ...setPhase(claim, 'Bound', volume),
  ];
}

/** "Lost" is said once, when it happens. */
function lose(claim: PersistentVolumeClaim, reason: string, message: string): readonly ClaimAction[] {
  if (claim.status?.phase === 'Lost') return [];
  return [...setPhase(claim, 'Lost', undefined), report('Warning', reason, message)];
}

/**
 * "accessModes contains the actual access modes the volume backing the PVC has; capacity represents the actual
 * resources of the underlying volume" (core/v1). "Update Capacity if the claim is becoming Bound, not if it was
 * already": a volume that grows is told by whoever made it grow; both go with the volume (updateClaimStatus).
 */
function setPhase(claim: PersistentVolumeClaim, phase: Phase, volume: PersistentVolume | undefined) {
  const { accessModes: modes, capacity: granted, ...kept } = claim.status ?? {};
  const accessModes = volume?.spec?.accessModes;
  const capacity = volume !== undefined && claim.status?.phase === phase ? granted : volume?.spec?.capacity;
  const isSame = claim.status?.phase === phase && jsonEqual(modes, accessModes) && jsonEqual(granted, capacity);
  if (isSame) return [];
  const next: ClaimStatus = {
    ...kept,
    phase,
    ...(accessModes === undefined ? {} : { accessModes }),
    ...(capacity === undefined ? {} : { capacity }),
  };
  return [{ type: 'setClaimStatus', status: next, reason: phase } as const];
}

function report(eventType: 'Normal' | 'Warning', reason: string, message: string): ReportAction {
  return { type: 'report', eventType, reason, message };
}
