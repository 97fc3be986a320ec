import { controllerOf, isClaimBound, isPodTerminal, podClaims, storageKeyOf } from '../../objects/index.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod, StatefulSet } from '../../objects/types.ts';
import type { StoreEvent } from '../../store/index.ts';
import type { LifeWatcher, OpenLife } from '../life.ts';
import type { Machine } from '../machine.ts';
import type { SimNode } from '../nodes/sim-node.ts';
import { objectOf, previousOf } from './store-events.ts';

/** What the checker needs of the machine. */
export type StorageMachine = Pick<Machine, 'actor' | 'report'> & {
  readonly nodes: readonly Pick<SimNode, 'engine' | 'name' | 'volumeEntries'>[];
};

/**
 * "A pod that comes back under its name finds its own storage": a claim keeps the volume that it was first bound to, a
 * volume keeps its claim, each pod of a StatefulSet mounts the volumes of its own ordinal and of no other, and nobody
 * but a person, a namespace that goes or an owner that goes takes a claim or the folder behind it away.
 */
export class StorageIdentityChecker implements LifeWatcher {
  readonly #machine: StorageMachine;
  /** Name of the volume that each claim was first bound to, by the claim's uid. */
  readonly #volumeOf = new Map<string, string>();

  constructor(machine: StorageMachine) {
    this.#machine = machine;
  }

  /** After a loss of power the store may not know of the last bindings: what it has counts. */
  onOpen({ store }: Pick<OpenLife, 'store'>): void {
    this.#volumeOf.clear();
    for (const { value } of store.list('/core/persistentvolumeclaims/'))
      this.#checkClaim(value as unknown as PersistentVolumeClaim);
  }

  onCommit(events: readonly StoreEvent[], { store }: Pick<OpenLife, 'store'>): void {
    for (const event of events) {
      const claim = objectOf(event, 'PersistentVolumeClaim') as PersistentVolumeClaim | undefined;
      const before = previousOf(event, 'PersistentVolumeClaim') as PersistentVolumeClaim | undefined;
      if (claim !== undefined) this.#checkClaim(claim);
      if (before !== undefined && before.metadata.deletionTimestamp === undefined) {
        if (claim?.metadata.deletionTimestamp !== undefined || claim === undefined) this.#checkDeletion(before, store);
      }
      if (before !== undefined && objectOf(event) === undefined) this.#checkUnused(before, store);
      const volume = objectOf(event, 'PersistentVolume') as PersistentVolume | undefined;
      const held = previousOf(event, 'PersistentVolume') as PersistentVolume | undefined;
      if (volume !== undefined && held !== undefined) this.#checkVolume(volume, held);
      const isTaken = volume === undefined || volume.metadata.deletionTimestamp !== undefined;
      if (isTaken && held !== undefined && held.metadata.deletionTimestamp === undefined) this.#checkKept(held);
      const pod = objectOf(event, 'Pod') as Pod | undefined;
      if (pod?.status?.phase === 'Running' && pod.metadata.deletionTimestamp === undefined) this.#checkPod(pod, store);
    }
  }

  #checkClaim(claim: PersistentVolumeClaim): void {
    const { uid, name } = claim.metadata;
    const volumeName = claim.spec?.volumeName ?? '';
    if (!isClaimBound(claim) && volumeName === '') return;
    const first = this.#volumeOf.get(uid) ?? volumeName;
    this.#volumeOf.set(uid, first);
    if (first !== volumeName)
      this.#report(`claim ${name} was bound to ${first} and has ${volumeName || 'nothing'} now`);
  }

  #checkVolume(volume: PersistentVolume, before: PersistentVolume): void {
    const [was, is] = [before.spec?.claimRef?.uid, volume.spec?.claimRef?.uid];
    if (before.status?.phase !== 'Bound' || was === is || this.#machine.actor === 'user') return;
    this.#report(`volume ${volume.metadata.name} passed from claim ${was} to ${is ?? 'nobody'}`);
  }

  /**
   * "If a user deletes a PVC in active use by a Pod, the PVC is not removed immediately" (Storage Object in Use
   * Protection).
   */
  #checkUnused({ metadata }: PersistentVolumeClaim, store: OpenLife['store']): void {
    if (this.#machine.actor === 'user') return;
    const user = store
      .list(`/core/pods/${metadata.namespace}/`)
      .map(({ value }) => value as unknown as Pod)
      .filter((pod) => pod.spec?.nodeName && !isPodTerminal(pod))
      .find((pod) => podClaims(pod).some(({ claimName }) => claimName === metadata.name));
    if (user !== undefined) this.#report(`claim ${metadata.name} went while ${user.metadata.name} uses it`);
  }

  /**
   * "Retain: the volume is left in its current phase (Released) for manual reclamation by the administrator": it goes
   * by hand or not at all.
   */
  #checkKept(volume: PersistentVolume): void {
    // Those that people declare are theirs to delete, in Git as well.
    const isKept = isProvisioned(volume) && volume.spec?.persistentVolumeReclaimPolicy === 'Retain';
    if (isKept && this.#machine.actor !== 'user')
      this.#report(`volume ${volume.metadata.name}, which is to be kept, was deleted`);
  }

  #checkDeletion({ metadata }: PersistentVolumeClaim, store: OpenLife['store']): void {
    if (this.#machine.actor === 'user' || (metadata.ownerReferences ?? []).length > 0) return;
    const home = store.get(storageKeyOf({ apiVersion: 'v1', kind: 'Namespace', name: metadata.namespace ?? '' }));
    const going = (home?.value as Pod | undefined)?.metadata.deletionTimestamp;
    if (home === undefined || going !== undefined) return;
    // Claims that nobody owns are kept by policy, or were declared in Git and are not any more.
    if (metadata.labels?.['app'] !== undefined) this.#report(`claim ${metadata.name} of a StatefulSet was deleted`);
  }

  #checkPod(pod: Pod, store: OpenLife['store']): void {
    const owner = controllerOf(pod);
    if (owner?.kind !== 'StatefulSet') return;
    const { namespace = 'default', name, uid } = pod.metadata;
    const key = storageKeyOf({ apiVersion: 'apps/v1', kind: 'StatefulSet', namespace, name: owner.name });
    const set = store.get(key)?.value as unknown as StatefulSet | undefined;
    for (const template of set?.metadata.uid === owner.uid ? (set.spec?.volumeClaimTemplates ?? []) : []) {
      const templateName = template.metadata?.name ?? '';
      const wanted = `${templateName}-${name}`;
      const used = pod.spec?.volumes?.find((volume) => volume.name === templateName)?.persistentVolumeClaim?.claimName;
      if (used !== wanted) this.#report(`pod ${name} uses claim ${used ?? 'none'} instead of ${wanted}`);
      const claimKey = storageKeyOf({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name: wanted });
      const claim = store.get(claimKey)?.value as unknown as PersistentVolumeClaim | undefined;
      if (claim !== undefined) this.#checkMounts(pod, uid, claim, store);
    }
  }

  /** What the containers really see. */
  #checkMounts(pod: Pod, uid: string, claim: PersistentVolumeClaim, store: OpenLife['store']): void {
    const volumeName = this.#volumeOf.get(claim.metadata.uid) ?? '';
    const volumeKey = storageKeyOf({ apiVersion: 'v1', kind: 'PersistentVolume', name: volumeName || 'none' });
    const volume = store.get(volumeKey)?.value as unknown as PersistentVolume | undefined;
    const { local, hostPath } = volume?.spec ?? {};
    const path = local?.path ?? hostPath?.path;
    if (path === undefined) return this.#report(`pod ${pod.metadata.name} runs without volume ${volumeName}`);
    const node = this.#machine.nodes.find(({ name }) => name === pod.spec?.nodeName);
    if (node === undefined) return;
    // The folder of a person's own volume is there before Berth is, or is nobody's.
    if (volume !== undefined && isProvisioned(volume) && !node.volumeEntries.has(path))
      this.#report(`the folder of volume ${volumeName} is gone`);
    const ofPod = node.engine.mountsByContainer().filter((one) => one.pod.uid === uid);
    const isBlind = ofPod.some(({ mounts }) => !mounts.some(({ hostPath }) => hostPath === path));
    if (isBlind) this.#report(`a container of ${pod.metadata.name} does not see volume ${volumeName}`);
  }

  #report(message: string): void {
    this.#machine.report('storage identity', message);
  }
}

/** Whether Berth made it for a claim; a person made it otherwise. */
function isProvisioned({ metadata }: PersistentVolume): boolean {
  return metadata.annotations?.['pv.kubernetes.io/provisioned-by'] !== undefined;
}
