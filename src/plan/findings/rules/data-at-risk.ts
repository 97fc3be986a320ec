import { formatObject } from '../../../objects/index.ts';
import type { KubernetesObject } from '../../../objects/types.ts';
import { specOf } from '../../pod-specs.ts';
import { readPolicies } from '../../policies.ts';
import type { Finding } from '../finding.ts';
import type { PlannedObject, PlannedObjects } from '../planned-object.ts';
import { findingOn, ofKind, type Rule } from '../rule.ts';

/** Data that a change deletes, or puts in the way of a later deletion. */
export const dataAtRisk: Rule = ({ objects, before }) => [
  ...[...before.values()].filter(({ key }) => !objects.has(key)).flatMap((planned) => deletedData(planned, before)),
  ...[...objects.values()].flatMap((planned) => {
    const old = before.get(planned.key);
    return old === undefined ? [] : changedData(old, planned);
  }),
];

/** The place is that of the manifest before the change: there is no other. */
function deletedData(planned: PlannedObject, before: PlannedObjects): readonly Finding[] {
  if (!readPolicies(planned.object).prune) return [];
  const at = (message: string, severity: 'error' | 'warning') => [
    findingOn(planned, 'DataAtRisk', { severity, message }),
  ];
  switch (planned.id.kind) {
    case 'PersistentVolumeClaim':
      // "Delete: … removes both the PersistentVolume object … and the associated storage asset" (Persistent Volumes); it is the default of dynamic volumes.
      return keepsVolume(planned.object, before)
        ? at('the claim is deleted; its volume is retained and is not bound again by itself', 'warning')
        : at('the claim is deleted, and the data of its volume with it', 'error');
    case 'PersistentVolume':
      return at('the volume is deleted; what a claim has on it is no longer reached', 'error');
    case 'StatefulSet':
      return hasClaims(planned.object)
        ? at(
            describeDeletedSet(planned.object),
            retention(planned.object).whenDeleted === 'Delete' ? 'error' : 'warning',
          )
        : [];
    case 'Namespace':
      return at('the namespace is deleted with everything in it, whoever made it', 'error');
    default:
      return [];
  }
}

function changedData(old: PlannedObject, planned: PlannedObject): readonly Finding[] {
  const { kind } = planned.id;
  if (kind === 'StatefulSet' && hasClaims(old.object)) return scaledDown(old, planned);
  const [field, before, after] = reclaimPolicies(old, planned);
  if (before === 'Retain' && after === 'Delete') {
    const message = 'its reclaim policy becomes Delete: data that was retained goes with its claim from now on';
    return [findingOn(planned, 'DataAtRisk', { severity: 'warning', field, message })];
  }
  return [];
}

function reclaimPolicies(old: PlannedObject, planned: PlannedObject): readonly [string[], unknown, unknown] {
  if (planned.id.kind === 'StorageClass')
    return [['reclaimPolicy'], old.object['reclaimPolicy'], planned.object['reclaimPolicy']];
  const field = 'persistentVolumeReclaimPolicy';
  if (planned.id.kind !== 'PersistentVolume') return [[], undefined, undefined];
  return [['spec', field], specOf(old.object)[field], specOf(planned.object)[field]];
}

function scaledDown(old: PlannedObject, planned: PlannedObject): readonly Finding[] {
  const [before, after] = [old, planned].map(({ object }) => Number(specOf(object)['replicas'] ?? 1));
  if (
    after === undefined ||
    before === undefined ||
    after >= before ||
    retention(planned.object).whenScaled !== 'Delete'
  )
    return [];
  const message = `it is scaled from ${before} to ${after}, and persistentVolumeClaimRetentionPolicy.whenScaled deletes the claims of the pods that go`;
  return [findingOn(planned, 'DataAtRisk', { severity: 'error', field: ['spec', 'replicas'], message })];
}

function describeDeletedSet(set: KubernetesObject): string {
  // "Retain (default): PVCs from the volumeClaimTemplate are not affected when their Pod is deleted" (StatefulSets).
  return retention(set).whenDeleted === 'Delete'
    ? 'it is deleted, and persistentVolumeClaimRetentionPolicy.whenDeleted deletes the claims of its pods with it'
    : 'it is deleted; the claims of its pods stay and are no longer declared anywhere';
}

function hasClaims(set: KubernetesObject): boolean {
  const claims = specOf(set)['volumeClaimTemplates'];
  return Array.isArray(claims) && claims.length > 0;
}

function retention(set: KubernetesObject): { readonly whenDeleted?: string; readonly whenScaled?: string } {
  const { persistentVolumeClaimRetentionPolicy: policy = {} } = specOf(set) as {
    readonly persistentVolumeClaimRetentionPolicy?: { readonly whenDeleted?: string; readonly whenScaled?: string };
  };
  return policy;
}

function keepsVolume(claim: KubernetesObject, before: PlannedObjects): boolean {
  const { volumeName, storageClassName } = specOf(claim) as {
    readonly volumeName?: string;
    readonly storageClassName?: string;
  };
  const volume = ofKind(before, 'PersistentVolume').find(({ id }) => id.name === volumeName);
  if (volume !== undefined) return specOf(volume.object)['persistentVolumeReclaimPolicy'] !== 'Delete';
  const storageClass = ofKind(before, 'StorageClass').find(
    ({ id }) => formatObject(id) === `StorageClass/${storageClassName}`,
  );
  return storageClass?.object['reclaimPolicy'] === 'Retain';
}
