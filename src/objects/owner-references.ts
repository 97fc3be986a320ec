/** `metav1.OwnerReference`. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean | undefined;
  readonly blockOwnerDeletion?: boolean | undefined;
}

interface Owned {
  readonly metadata?: { readonly ownerReferences?: readonly OwnerReference[] | undefined } | undefined;
}
interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly uid: string };
}

/**
 * The reference to the one owner that manages this object. "There cannot be more than one managing controller"
 * (OwnerReference).
 */
export function controllerOf(object: Owned): OwnerReference | undefined {
  return object.metadata?.ownerReferences?.find((reference) => reference.controller === true);
}

export function isControlledBy(object: Owned, owner: { readonly metadata: { readonly uid: string } }): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}

/** Whether any reference, of a controller or not, points to the owner. */
export function isOwnedBy(object: Owned, owner: { readonly metadata: { readonly uid: string } }): boolean {
  return object.metadata?.ownerReferences?.some((reference) => reference.uid === owner.metadata.uid) ?? false;
}

/** The reference that a controller puts on what it creates; it also holds back a foreground deletion of the owner. */
export function newControllerReference(owner: Owner): OwnerReference {
  return { ...newOwnerReference(owner), controller: true, blockOwnerDeletion: true };
}

export function newOwnerReference(owner: Owner): OwnerReference {
  return { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid };
}
