/**
 * Names by which the parts of Kubernetes that handle storage talk to each other: annotations, finalizers and
 * provisioners, each as its owner spells it.
 */

/** The provisioner of the default class. It carries the name of the one that k3s ships, whose manifests it runs. */
export const LOCAL_PATH_PROVISIONER = 'rancher.io/local-path';
/** "Local volumes do not support dynamic provisioning; a StorageClass should still be created" (Storage Classes). */
export const NO_PROVISIONER = 'kubernetes.io/no-provisioner';
/** Of provisioners that are part of Kubernetes itself; Berth has none of them. */
export const IN_TREE_PREFIX = 'kubernetes.io/';
export const DEFAULT_STORAGE_CLASS = 'local-path';

export const IS_DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';
/** How a claim and a volume named their class before the field existed; it still goes before the field. */
export const BETA_STORAGE_CLASS = 'volume.beta.kubernetes.io/storage-class';
/** On a claim: the binder has done its part. */
export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
/** On a claim or volume: the reference to the other one was set by the binder and may be taken back by it. */
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
/** On a volume: who made it, and so who deletes what it stands for. */
export const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';
/** On a claim: who is asked to make a volume. */
export const STORAGE_PROVISIONER = 'volume.kubernetes.io/storage-provisioner';
export const BETA_STORAGE_PROVISIONER = 'volume.beta.kubernetes.io/storage-provisioner';
/** On a claim: the node of its first consumer, as the scheduler chose it. */
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';

/** "PVC in active use by a Pod are not removed from the system" (Storage Object in Use Protection). */
export const CLAIM_PROTECTION = 'kubernetes.io/pvc-protection';
/** "PVs that are bound to PVCs are not removed." */
export const VOLUME_PROTECTION = 'kubernetes.io/pv-protection';
/** "Ensures that the PersistentVolumes with Delete reclaim policy are deleted only after the backing storage is." */
export const PROVISIONER_FINALIZER = 'external-provisioner.volume.kubernetes.io/finalizer';
