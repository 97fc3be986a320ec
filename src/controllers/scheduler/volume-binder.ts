import type { Client, WatchEvent } from '../../api/client.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import { jsonEqual } from '../../lib/json.ts';
import { claimClassOf, isClaimBound } from '../../objects/index.ts';
import { annotated, volumeBoundTo } from '../../objects/storage/bind-volume.ts';
import { SELECTED_NODE } from '../../objects/storage/names.ts';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../objects/types.ts';
import {
  type ClusterChange,
  type ClusterState,
  claimKeyOf,
  isReachable,
  type NodeInfo,
  planVolumes,
  type QueuedPod,
  sortClaims,
  type VolumePlan,
} from '../../scheduler/index.ts';

/** "bindTimeoutSeconds: the timeout in seconds in volume binding operation, default 600" (VolumeBindingArgs). */
const BIND_TIMEOUT_MS = 600_000;

export interface VolumeBinderOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly cluster: ClusterState;
  /** Something has changed that may help pods that found no node. */
  readonly wake: (change: ClusterChange) => void;
  /** A pod has its volumes, or will not get them: `take` tells. */
  readonly onReady: () => void;
}

/** A pod whose node is chosen and whose claims are being bound there. It counts as being on the node meanwhile. */
interface WaitingPod {
  readonly queued: QueuedPod;
  readonly nodeName: string;
  /** Names of the volumes that are set aside for it, by claim. */
  readonly reserved: ReadonlyMap<string, string>;
  readonly timer: Timer;
}

/** A pod that no longer waits: with all its volumes, or with the reason why it cannot have them. */
export interface SettledPod {
  readonly queued: QueuedPod;
  readonly nodeName: string;
  readonly failure: string | undefined;
}

/**
 * Keeps the scheduler's view of claims, volumes and classes, and carries out what the choice of a node means for a
 * pod's claims: reserves volumes, asks for new ones, and holds the pod back until all are bound (the Reserve and
 * PreBind phases of kube-scheduler's VolumeBinding). What it asks for is in the objects, so a restart begins anew and
 * finds it.
 */
export class VolumeBinder {
  readonly #options: VolumeBinderOptions;
  readonly #waiting = new Map<string, WaitingPod>();
  /** Uids of the waiting pods of a claim. */
  readonly #byClaim = new Map<string, Set<string>>();
  readonly #settled: SettledPod[] = [];
  #unwatch: readonly (() => void)[] = [];

  constructor(options: VolumeBinderOptions) {
    this.#options = options;
  }

  start(): void {
    const { client, cluster } = this.#options;
    const { volumes } = cluster;
    for (const storageClass of client.list('StorageClass')) volumes.setStorageClass(storageClass);
    for (const volume of client.list('PersistentVolume')) volumes.setVolume(volume);
    for (const claim of client.list('PersistentVolumeClaim')) volumes.setClaim(claim);
    this.#unwatch = [
      client.watch('StorageClass', (event) => this.#onClass(event)),
      client.watch('PersistentVolume', (event) => this.#onVolume(event)),
      client.watch('PersistentVolumeClaim', (event) => this.#onClaim(event)),
    ];
  }

  stop(): void {
    for (const unwatch of this.#unwatch) unwatch();
    this.#unwatch = [];
    for (const uid of [...this.#waiting.keys()]) this.forget(uid);
  }

  get hasSettled(): boolean {
    return this.#settled.length > 0;
  }

  take(): SettledPod | undefined {
    return this.#settled.shift();
  }

  /**
   * Begins to bind the pod's claims on the node. `false` when all are bound already, so that the pod can be bound at
   * once.
   */
  reserve(queued: QueuedPod, nodeName: string): boolean {
    const { claims } = queued.info;
    if (claims.length === 0) return false;
    const { client, clock, cluster } = this.#options;
    const { delayed } = sortClaims(claims, cluster.volumes);
    const node = cluster.nodeNamed(nodeName);
    if (delayed.length === 0 || node === undefined) return false;
    const plan = planVolumes(delayed, node, cluster.volumes, (name) => cluster.nodeNamed(name) !== undefined);
    if (plan === undefined) return false;
    client.transaction(() => this.#carryOut(plan, nodeName));
    cluster.addPodInfo(queued.info, nodeName);
    const timer = clock.setTimer(BIND_TIMEOUT_MS, () => this.#settle(queued.uid, 'context deadline exceeded'));
    const reserved = new Map(plan.bind.map(({ claim, volume }) => [claimKeyOf(claim), volume.metadata.name]));
    this.#waiting.set(queued.uid, { queued, nodeName, reserved, timer });
    for (const key of claims) this.#byClaim.set(key, (this.#byClaim.get(key) ?? new Set()).add(queued.uid));
    return true;
  }

  /**
   * The pod is gone or is to be tried anew: it does not wait and does not count any more, also when nobody has taken
   * yet what became of it.
   */
  forget(uid: string): void {
    const waiting = this.#waiting.get(uid);
    if (waiting !== undefined) {
      this.#drop(uid, waiting);
      return this.leave(uid, waiting.nodeName);
    }
    const at = this.#settled.findIndex(({ queued }) => queued.uid === uid);
    const [settled] = at === -1 ? [] : this.#settled.splice(at, 1);
    if (settled !== undefined && settled.failure === undefined) this.leave(uid, settled.nodeName);
  }

  /** What the pod took of the node is free for others. */
  leave(uid: string, nodeName: string): void {
    const { cluster, wake } = this.#options;
    const other = cluster.removePod(uid);
    wake({ event: 'pod-gone', node: cluster.nodeNamed(nodeName), other });
  }

  /** What waits for its volumes there is tried elsewhere. */
  onNodeGone(name: string): void {
    for (const [uid, { nodeName }] of [...this.#waiting]) if (nodeName === name) this.#look(uid);
  }

  #carryOut({ bind, provision }: VolumePlan, nodeName: string): void {
    const { client } = this.#options;
    for (const { claim, volume } of bind) {
      const reserved = volumeBoundTo(volume, claim);
      if (reserved !== volume) client.update(reserved);
    }
    for (const claim of provision) {
      const asked = annotated(claim, { [SELECTED_NODE]: nodeName });
      if (asked !== claim) client.update(asked);
    }
  }

  /**
   * "Any StorageClass addition and a StorageClass update to allowedTopologies might make a Pod schedulable; an update
   * to volume binding mode is not allowed" (isSchedulableAfterStorageClassChange).
   */
  #onClass({ type, object, previous }: WatchEvent<StorageClass>): void {
    const { volumes } = this.#options.cluster;
    if (type === 'DELETED') return volumes.removeStorageClass(object.metadata.name);
    volumes.setStorageClass(object);
    if (type === 'MODIFIED' && jsonEqual(object.allowedTopologies, previous?.allowedTopologies)) return;
    this.#options.wake({ event: 'class-changed' });
  }

  /** One that goes helps, too, when it was set aside for a claim on a node that the pod cannot use. */
  #onVolume({ type, object, previous }: WatchEvent<PersistentVolume>): void {
    const { volumes } = this.#options.cluster;
    if (type === 'DELETED') volumes.removeVolume(object.metadata.name);
    else volumes.setVolume(object);
    for (const uid of [...this.#waiting.keys()]) this.#look(uid);
    const volumeBefore = type === 'DELETED' ? object : previous;
    this.#options.wake({ event: 'volume-changed', volume: object, volumeBefore });
  }

  #onClaim({ type, object }: WatchEvent<PersistentVolumeClaim>): void {
    const { volumes } = this.#options.cluster;
    const claim = claimKeyOf(object);
    if (type === 'DELETED') volumes.removeClaim(object);
    else volumes.setClaim(object);
    for (const uid of [...(this.#byClaim.get(claim) ?? [])]) this.#look(uid);
    if (type !== 'DELETED') this.#options.wake({ event: 'claim-changed', claim });
  }

  /** Whether the pod still has to wait (checkBindings). */
  #look(uid: string): void {
    const waiting = this.#waiting.get(uid);
    if (waiting === undefined) return;
    const { cluster } = this.#options;
    const { volumes } = cluster;
    const { nodeName } = waiting;
    const node = cluster.nodeNamed(nodeName);
    if (node === undefined) return this.#settle(uid, `failed to get node "${nodeName}": node "${nodeName}" not found`);
    let isBound = true;
    for (const key of waiting.queued.info.claims) {
      const claim = volumes.claim(key);
      if (claim === undefined) {
        const name = key.slice(key.indexOf('/') + 1);
        const what = waiting.reserved.has(key) ? 'binding' : 'provisioning pvc';
        return this.#settle(uid, `failed to check ${what}: persistentvolumeclaim "${name}" not found`);
      }
      const binding = this.#bindingOf(claim, waiting, node);
      if (typeof binding === 'object') return this.#settle(uid, binding.failure);
      if (binding === 'waits') isBound = false;
    }
    if (isBound) this.#settle(uid, undefined);
  }

  /** Judged in the order of checkBindings: first the volume that was set aside, then where the claim's volume is. */
  #bindingOf(
    claim: PersistentVolumeClaim,
    { reserved, nodeName }: WaitingPod,
    node: NodeInfo,
  ): 'bound' | 'waits' | { readonly failure: string } {
    const { volumes } = this.#options.cluster;
    const setAside = reserved.get(claimKeyOf(claim));
    const name = setAside ?? claim.spec?.volumeName ?? '';
    const volume = volumes.volume(name);
    if (setAside !== undefined) {
      if (volume === undefined) return { failure: `failed to check binding: persistentvolume "${name}" not found` };
      if (volume.spec?.claimRef?.uid !== claim.metadata.uid) return { failure: `ClaimRef got reset for pv "${name}"` };
    }
    if (!isClaimBound(claim)) {
      if (setAside !== undefined || !this.#isGivenUp(claim, nodeName)) return 'waits';
      return { failure: `provisioning failed for PVC "${claim.metadata.name}"` };
    }
    if (claim.status?.phase === 'Lost') {
      return {
        failure: `persistentvolumeclaim "${claim.metadata.name}" bound to non-existent persistentvolume "${name}"`,
      };
    }
    // "We tolerate NotFound error here, because PV is possibly not found because of API delay."
    if (volume === undefined) return 'waits';
    if (isReachable(volume, node)) return 'bound';
    return { failure: `pv "${name}" node affinity doesn't match node "${node.name}": no matching NodeSelectorTerms` };
  }

  /**
   * "If provisioner fails to provision a volume, selectedNode annotation will be removed to signal back to the
   * scheduler to retry."
   */
  #isGivenUp(claim: PersistentVolumeClaim, nodeName: string): boolean {
    const selected = claim.metadata.annotations?.[SELECTED_NODE];
    if (selected !== undefined) return selected !== nodeName;
    if ((claim.spec?.volumeName ?? '') !== '') return false;
    const ofClass = this.#options.cluster.volumes.volumesOfClass(claimClassOf(claim) ?? '');
    return !ofClass.some(({ spec }) => spec?.claimRef?.uid === claim.metadata.uid);
  }

  #settle(uid: string, failure: string | undefined): void {
    const waiting = this.#waiting.get(uid);
    if (waiting === undefined) return;
    this.#drop(uid, waiting);
    if (failure !== undefined) this.leave(uid, waiting.nodeName);
    this.#settled.push({ queued: waiting.queued, nodeName: waiting.nodeName, failure });
    this.#options.onReady();
  }

  #drop(uid: string, { queued, timer }: WaitingPod): void {
    timer.cancel();
    this.#waiting.delete(uid);
    for (const key of queued.info.claims) {
      const uids = this.#byClaim.get(key);
      uids?.delete(uid);
      if (uids?.size === 0) this.#byClaim.delete(key);
    }
  }
}
