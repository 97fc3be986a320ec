import type { Client } from '../../api/client.ts';
import type { Clock } from '../../lib/clock.ts';
import { jsonEqual } from '../../lib/json.ts';
import { claimClassOf, podClaims, volumeClassOf } from '../../objects/index.ts';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../objects/types.ts';
import type { Controller, ControllerContext, ControllerWatch, ReconcileResult } from '../controller.ts';
import { type ClaimAction, computeClaim } from './compute-claim.ts';
import { computeVolume, statusInPhase, type VolumeAction, type VolumePhase } from './compute-volume.ts';

const CLAIM = 'claim/';
const VOLUME = 'volume/';

/** Binds claims to volumes and keeps the phases of both. Keys: `claim/<namespace>/<name>` and `volume/<name>`. */
export class PersistentVolumeBinder implements Controller {
  readonly name = 'persistentvolume-binder-controller';
  readonly watches: readonly ControllerWatch[];
  readonly #client: Client;
  readonly #clock: Clock;

  constructor({ client, clock }: ControllerContext) {
    this.#client = client;
    this.#clock = clock;
    this.watches = [
      { kind: 'PersistentVolumeClaim', keysOf: (claim) => keysOfClaim(claim) },
      { kind: 'PersistentVolume', keysOf: (volume, previous) => this.#keysOfVolume(volume, previous) },
      { kind: 'StorageClass', keysOf: (storageClass) => this.#keysOfClass(storageClass) },
    ];
  }

  reconcile(key: string): ReconcileResult {
    if (key.startsWith(VOLUME)) this.#reconcileVolume(key.slice(VOLUME.length));
    else this.#reconcileClaim(key.slice(CLAIM.length));
    return {};
  }

  /** The claim that a volume is for, that which it was for, and, when it has become free, those that wait for one. */
  #keysOfVolume(volume: PersistentVolume, previous: PersistentVolume | undefined): readonly string[] {
    const reference = volume.spec?.claimRef;
    // A claim whose volume was taken from it by hand is bound again, before another gets its data, or is lost.
    const held = [reference, previous?.spec?.claimRef].filter((one) => one !== undefined);
    const claims = new Set(held.map(({ namespace = 'default', name }) => `${CLAIM}${namespace}/${name}`));
    const keys = [VOLUME + volume.metadata.name, ...claims];
    if (reference !== undefined) return keys;
    const isSame = volume.status?.phase === previous?.status?.phase && jsonEqual(volume.spec, previous?.spec);
    if (volume.status?.phase !== 'Available') return keys;
    if (isSame && jsonEqual(volume.metadata.labels, previous?.metadata.labels)) return keys;
    return [...keys, ...this.#pendingClaims((claim) => isFor(claim, volume))];
  }

  #keysOfClass({ metadata }: StorageClass): readonly string[] {
    return this.#pendingClaims((claim) => [undefined, metadata.name].includes(claimClassOf(claim)));
  }

  #pendingClaims(isMeant: (claim: PersistentVolumeClaim) => boolean): readonly string[] {
    return this.#client
      .list('PersistentVolumeClaim')
      .filter((claim) => claim.status?.phase !== 'Bound' && isMeant(claim))
      .map(keyOfClaim);
  }

  #reconcileClaim(path: string): void {
    const [namespace, name = ''] = path.split('/');
    const claim = this.#client.get('PersistentVolumeClaim', { namespace, name });
    if (claim === undefined) return;
    const volumeName = claim.spec?.volumeName ?? '';
    const className = claimClassOf(claim) ?? '';
    const actions = computeClaim({
      claim,
      named: volumeName === '' ? undefined : this.#client.get('PersistentVolume', { name: volumeName }),
      storageClass: className === '' ? undefined : this.#client.get('StorageClass', { name: className }),
      volumes: () => this.#client.list('PersistentVolume'),
      storageClasses: () => this.#client.list('StorageClass'),
      waitingPods: () => this.#waitingPods(claim),
    });
    for (const action of actions) this.#applyToClaim(claim, action);
  }

  #waitingPods({ metadata }: PersistentVolumeClaim): readonly string[] {
    return this.#client
      .list('Pod', { namespace: metadata.namespace ?? 'default' })
      .filter((pod) => !pod.spec?.nodeName && podClaims(pod).some(({ claimName }) => claimName === metadata.name))
      .map((pod) => pod.metadata.name);
  }

  #applyToClaim(claim: PersistentVolumeClaim, action: ClaimAction): void {
    switch (action.type) {
      case 'updateClaim':
        this.#client.update(withoutVersion(action.claim));
        return;
      case 'updateVolume':
        this.#client.update(withoutVersion(action.volume));
        return;
      case 'setVolumePhase':
        return this.#setVolumePhase(action.name, action.phase, '');
      case 'setClaimStatus':
        this.#client.updateStatus(withoutVersion({ ...claim, status: action.status }));
        return;
      case 'report':
        this.#report(claim, action);
    }
  }

  #reconcileVolume(name: string): void {
    const volume = this.#client.get('PersistentVolume', { name });
    if (volume === undefined) return;
    const reference = volume.spec?.claimRef;
    const claim =
      reference === undefined
        ? undefined
        : this.#client.get('PersistentVolumeClaim', {
            namespace: reference.namespace ?? 'default',
            name: reference.name ?? '',
          });
    for (const action of computeVolume({ volume, claim })) this.#applyToVolume(volume, action);
  }

  #applyToVolume(volume: PersistentVolume, action: VolumeAction): void {
    switch (action.type) {
      case 'updateVolume':
        this.#client.update(withoutVersion(action.volume));
        return;
      case 'setPhase':
        return this.#setVolumePhase(volume.metadata.name, action.phase, action.message);
      case 'lookAtClaim':
        return this.#reconcileClaim(`${action.namespace}/${action.name}`);
      case 'report':
        this.#report(volume, action);
    }
  }

  #setVolumePhase(name: string, phase: VolumePhase, message: string): void {
    const volume = this.#client.get('PersistentVolume', { name });
    if (volume === undefined) return;
    const status = statusInPhase(phase, message, this.#clock.wallMs());
    this.#client.updateStatus({ ...volume, status });
  }

  #report(
    regarding: PersistentVolume | PersistentVolumeClaim,
    { eventType, reason, message }: Extract<ClaimAction, { type: 'report' }>,
  ): void {
    this.#client.recordEvent({ regarding, type: eventType, reason, message, component: 'persistentvolume-controller' });
  }
}

function keyOfClaim({ metadata }: PersistentVolumeClaim): string {
  return `${CLAIM}${metadata.namespace ?? 'default'}/${metadata.name}`;
}

/** The claim, the volume that it names, and the one that was or will be made for it. */
function keysOfClaim(claim: PersistentVolumeClaim): readonly string[] {
  const made = `pvc-${claim.metadata.uid}`;
  const names = new Set([claim.spec?.volumeName || made, made]);
  return [keyOfClaim(claim), ...[...names].map((name) => VOLUME + name)];
}

function isFor(claim: PersistentVolumeClaim, volume: PersistentVolume): boolean {
  const named = claim.spec?.volumeName ?? '';
  if (named !== '') return named === volume.metadata.name;
  return (claimClassOf(claim) ?? '') === volumeClassOf(volume);
}

/** Several writes to one object follow each other in a transaction that nobody else can come between. */
function withoutVersion<T extends PersistentVolume | PersistentVolumeClaim>(object: T) {
  const { resourceVersion: _version, ...metadata } = object.metadata;
  return { ...object, metadata };
}
