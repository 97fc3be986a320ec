import { canonicalQuantity, claimClassOf, isClaimBound } from '../../objects/index.ts';
import {
  LOCAL_PATH_PROVISIONER,
  PROVISIONED_BY,
  PROVISIONER_FINALIZER,
  SELECTED_NODE,
  STORAGE_PROVISIONER,
} from '../../objects/storage/names.ts';
import type { KubernetesObject, PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../objects/types.ts';

const HOSTNAME_LABEL = 'kubernetes.io/hostname';
/** The longest name that a file system takes. */
const NAME_MAX = 255;

export interface ProvisioningSnapshot {
  readonly claim: PersistentVolumeClaim;
  readonly storageClass: StorageClass | undefined;
  readonly nodeName: string;
}

/** What a node does about a claim; `refuse` is final, as the claim itself stands in the way. */
export type Provisioning =
  | { readonly type: 'none'; readonly reason: 'NotAsked' | 'OtherNode' | 'HasVolume' }
  | { readonly type: 'refuse'; readonly message: string; readonly reason: 'Unsupported' }
  | { readonly type: 'provision'; readonly volumeName: string; readonly folder: string; readonly reason: 'Asked' };

const SELECTOR = 'claim.Spec.Selector is not supported';

/**
 * Whether this node makes a volume for a claim: the binder has asked the provisioner for it, and the scheduler has
 * chosen this node. "Nodes are selected by the scheduler, and the provisioner creates the volume on the node that the
 * annotation volume.kubernetes.io/selected-node names" (sig-storage-lib-external-provisioner). Without a delay there is
 * no such choice, and any node may do it.
 */
export function computeProvisioning({ claim, storageClass, nodeName }: ProvisioningSnapshot): Provisioning {
  const { annotations } = claim.metadata;
  const isAsked = annotations?.[STORAGE_PROVISIONER] === LOCAL_PATH_PROVISIONER;
  if (!isAsked || storageClass?.provisioner !== LOCAL_PATH_PROVISIONER) return { type: 'none', reason: 'NotAsked' };
  if (claim.metadata.deletionTimestamp !== undefined) return { type: 'none', reason: 'NotAsked' };
  if (isClaimBound(claim) || (claim.spec?.volumeName ?? '') !== '') return { type: 'none', reason: 'HasVolume' };
  const selected = annotations?.[SELECTED_NODE];
  if (selected === undefined && storageClass.volumeBindingMode === 'WaitForFirstConsumer')
    return { type: 'none', reason: 'NotAsked' };
  if (selected !== undefined && selected !== nodeName) return { type: 'none', reason: 'OtherNode' };
  if (claim.spec?.selector !== undefined) return { type: 'refuse', message: SELECTOR, reason: 'Unsupported' };
  const volumeName = `pvc-${claim.metadata.uid}`;
  const folder = `${volumeName}_${claim.metadata.namespace ?? 'default'}_${claim.metadata.name}`.slice(0, NAME_MAX);
  return { type: 'provision', volumeName, folder, reason: 'Asked' };
}

/** The volume of a folder that was made for a claim: reserved for it, and to be reached from this node only. */
export function newVolume(
  { claim, storageClass, nodeName }: ProvisioningSnapshot,
  volumeName: string,
  path: string,
): KubernetesObject {
  const { name, namespace = 'default', uid, resourceVersion } = claim.metadata;
  const policy = storageClass?.reclaimPolicy ?? 'Delete';
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: volumeName,
      annotations: { [PROVISIONED_BY]: LOCAL_PATH_PROVISIONER },
      ...(policy === 'Delete' ? { finalizers: [PROVISIONER_FINALIZER] } : {}),
    },
    spec: {
      accessModes: claim.spec?.accessModes ?? [],
      capacity: { storage: canonicalQuantity(claim.spec?.resources?.requests?.['storage'] ?? '0') },
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid, resourceVersion },
      local: { path },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: HOSTNAME_LABEL, operator: 'In', values: [nodeName] }] }],
        },
      },
      persistentVolumeReclaimPolicy: policy,
      storageClassName: claimClassOf(claim) ?? '',
      volumeMode: 'Filesystem',
    },
  };
}

/**
 * What a node does about a volume that it made. `delete`: "the volume is deleted from the storage before the
 * PersistentVolume object is". `letGo`: the volume was told meanwhile to keep its data, so the object alone goes.
 */
export function computeReclaim(volume: PersistentVolume, nodeName: string): 'none' | 'delete' | 'letGo' {
  const { metadata, spec, status } = volume;
  if (metadata.annotations?.[PROVISIONED_BY] !== LOCAL_PATH_PROVISIONER || nodeOf(volume) !== nodeName) return 'none';
  const isGoing = metadata.deletionTimestamp !== undefined;
  const isFree = status?.phase === 'Released' || (isGoing && status?.phase !== 'Bound');
  if (!isFree) return 'none';
  if (spec?.persistentVolumeReclaimPolicy === 'Delete') return 'delete';
  return isGoing && (metadata.finalizers ?? []).includes(PROVISIONER_FINALIZER) ? 'letGo' : 'none';
}

function nodeOf({ spec }: PersistentVolume): string | undefined {
  const [term] = spec?.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  const values = term?.matchExpressions?.find(({ key }) => key === HOSTNAME_LABEL)?.values ?? [];
  return values.length === 1 ? values[0] : undefined;
}
