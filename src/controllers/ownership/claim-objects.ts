import { controllerOf, type LabelSelector, matcherOfSelector, newControllerReference } from '../../objects/index.ts';
import type { StoredMeta } from '../../objects/types.ts';

export interface OwnerIdentity {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: StoredMeta;
}

export interface ClaimedObjects<T> {
  /** Controlled by the owner already, and still matching. */
  readonly owned: readonly T[];
  /** Matching and without a controller: the owner takes them. */
  readonly adopt: readonly T[];
  /** Controlled by the owner and no longer matching: the owner lets go of them. */
  readonly release: readonly T[];
}

interface Claimable {
  readonly metadata: StoredMeta;
}

/**
 * Which objects a controller may act on.
 *
 * "A ReplicaSet identifies new Pods to acquire by using its selector. If there is a Pod that has no OwnerReference or
 * the OwnerReference is not a Controller and it matches a ReplicaSet's selector, it will be immediately acquired"
 * (ReplicaSet, kubernetes.io). An object that another controller holds is never touched; an owner that is being deleted
 * neither adopts nor releases; an object that is being deleted is not adopted (controller_ref_manager).
 */
export function claimObjects<T extends Claimable>(
  owner: OwnerIdentity,
  selector: LabelSelector | undefined,
  candidates: readonly T[],
): ClaimedObjects<T> {
  const claimed = { owned: [] as T[], adopt: [] as T[], release: [] as T[] };
  const matches = matcherOfSelector(selector);
  const ownerIsGoing = owner.metadata.deletionTimestamp !== undefined;
  for (const candidate of candidates) {
    const controller = controllerOf(candidate);
    if (controller !== undefined && controller.uid !== owner.metadata.uid) continue;
    const isMatch = matches(candidate.metadata.labels);
    if (controller !== undefined) {
      if (isMatch) claimed.owned.push(candidate);
      else if (!ownerIsGoing) claimed.release.push(candidate);
      continue;
    }
    if (isMatch && !ownerIsGoing && candidate.metadata.deletionTimestamp === undefined) claimed.adopt.push(candidate);
  }
  return claimed;
}

/** The object with `owner` as its controller. */
export function withController<T extends Claimable>(object: T, owner: OwnerIdentity): T {
  const others = (object.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== owner.metadata.uid);
  return { ...object, metadata: { ...object.metadata, ownerReferences: [...others, newControllerReference(owner)] } };
}

/** The object without any reference to `owner`. */
export function withoutOwner<T extends Claimable>(object: T, ownerUid: string): T {
  const ownerReferences = (object.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== ownerUid);
  return { ...object, metadata: { ...object.metadata, ownerReferences } };
}
