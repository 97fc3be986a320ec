import { volumeClassOf } from '../../objects/index.ts';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../objects/types.ts';

const NO_VOLUMES: ReadonlyMap<string, PersistentVolume> = new Map();

/**
 * Claims, volumes and classes, and which pods with a node use which claim; kept up to date from changes.
 *
 * Invariant: every volume of `#volumes` is in `#byClass` under the class that it has now, and in no other.
 */
export class VolumeState {
  readonly #claims = new Map<string, PersistentVolumeClaim>();
  readonly #volumes = new Map<string, PersistentVolume>();
  readonly #classes = new Map<string, StorageClass>();
  readonly #byClass = new Map<string, Map<string, PersistentVolume>>();
  readonly #users = new Map<string, Set<string>>();

  claim(key: string): PersistentVolumeClaim | undefined {
    return this.#claims.get(key);
  }

  volume(name: string): PersistentVolume | undefined {
    return this.#volumes.get(name);
  }

  storageClass(name: string): StorageClass | undefined {
    return this.#classes.get(name);
  }

  volumesOfClass(name: string): readonly PersistentVolume[] {
    return [...(this.#byClass.get(name) ?? NO_VOLUMES).values()];
  }

  /** Whether a pod that has a node uses the claim, another one than `exceptUid`. */
  isUsedByOther(key: string, exceptUid: string): boolean {
    const users = this.#users.get(key);
    return users !== undefined && (users.size > 1 || !users.has(exceptUid));
  }

  setClaim(claim: PersistentVolumeClaim): void {
    this.#claims.set(claimKeyOf(claim), claim);
  }

  removeClaim(claim: PersistentVolumeClaim): void {
    this.#claims.delete(claimKeyOf(claim));
  }

  setVolume(volume: PersistentVolume): void {
    this.removeVolume(volume.metadata.name);
    const name = volumeClassOf(volume);
    const ofClass = this.#byClass.get(name) ?? new Map<string, PersistentVolume>();
    this.#byClass.set(name, ofClass.set(volume.metadata.name, volume));
    this.#volumes.set(volume.metadata.name, volume);
  }

  removeVolume(name: string): void {
    const known = this.#volumes.get(name);
    if (known === undefined) return;
    this.#volumes.delete(name);
    const ofClass = this.#byClass.get(volumeClassOf(known));
    ofClass?.delete(name);
    if (ofClass?.size === 0) this.#byClass.delete(volumeClassOf(known));
  }

  setStorageClass(storageClass: StorageClass): void {
    this.#classes.set(storageClass.metadata.name, storageClass);
  }

  removeStorageClass(name: string): void {
    this.#classes.delete(name);
  }

  addUser(claims: readonly string[], podUid: string): void {
    for (const key of claims) this.#users.set(key, (this.#users.get(key) ?? new Set()).add(podUid));
  }

  removeUser(claims: readonly string[], podUid: string): void {
    for (const key of claims) {
      const users = this.#users.get(key);
      users?.delete(podUid);
      if (users?.size === 0) this.#users.delete(key);
    }
  }
}

/** `<namespace>/<name>`. */
export function claimKeyOf({ metadata }: PersistentVolumeClaim): string {
  return `${metadata.namespace ?? 'default'}/${metadata.name}`;
}
