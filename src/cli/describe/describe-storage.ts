import type { StoredObject } from '../../objects/types.ts';
import { fieldsAt, outlineOf, pairsOf, textAt, textsAt } from './fields.ts';
import type { OutlineEntry } from './outline.ts';

/** The lines of a claim, as `kubectl describe` has them. */
export function describeClaim(claim: StoredObject): readonly OutlineEntry[] {
  const spec = fieldsAt(claim, 'spec');
  const status = fieldsAt(claim, 'status');
  return [
    ['StorageClass', textAt(spec, 'storageClassName')],
    ['Status', statusOf(claim)],
    ['Volume', textAt(spec, 'volumeName') ?? ''],
    ['Finalizers', claim.metadata.finalizers],
    ['Requested', textAt(spec, 'resources', 'requests', 'storage')],
    ['Capacity', textAt(status, 'capacity', 'storage') ?? ''],
    ['Access Modes', textsAt(spec, 'accessModes').join(', ')],
    ['VolumeMode', textAt(spec, 'volumeMode')],
  ];
}

export function describeVolume(volume: StoredObject): readonly OutlineEntry[] {
  const spec = fieldsAt(volume, 'spec');
  const claim = fieldsAt(spec, 'claimRef');
  const affinity = fieldsAt(spec, 'nodeAffinity', 'required');
  const source = ['local', 'hostPath'].find((name) => spec[name] !== undefined);
  return [
    ['Finalizers', volume.metadata.finalizers],
    ['StorageClass', textAt(spec, 'storageClassName')],
    ['Status', statusOf(volume)],
    ['Message', textAt(volume, 'status', 'message')],
    ['Claim', claim['name'] === undefined ? '' : `${textAt(claim, 'namespace')}/${textAt(claim, 'name')}`],
    ['Reclaim Policy', textAt(spec, 'persistentVolumeReclaimPolicy')],
    ['Access Modes', textsAt(spec, 'accessModes').join(', ')],
    ['VolumeMode', textAt(spec, 'volumeMode')],
    ['Capacity', textAt(spec, 'capacity', 'storage')],
    ['Node Affinity', Object.keys(affinity).length === 0 ? '<none>' : outlineOf(affinity)],
    ['Source', source === undefined ? undefined : [['Type', source], ...pathOf(fieldsAt(spec, source))]],
  ];
}

export function describeStorageClass(storageClass: StoredObject): readonly OutlineEntry[] {
  const isDefault = storageClass.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true';
  return [
    ['IsDefaultClass', isDefault ? 'Yes' : 'No'],
    ['Provisioner', textAt(storageClass, 'provisioner')],
    ['Parameters', pairsOf(fieldsAt(storageClass, 'parameters'))],
    ['AllowVolumeExpansion', textAt(storageClass, 'allowVolumeExpansion') ?? '<unset>'],
    ['ReclaimPolicy', textAt(storageClass, 'reclaimPolicy')],
    ['VolumeBindingMode', textAt(storageClass, 'volumeBindingMode')],
  ];
}

function pathOf(source: Readonly<Record<string, unknown>>): readonly OutlineEntry[] {
  return Object.entries(source).map(([key, value]): OutlineEntry => [key === 'path' ? 'Path' : key, String(value)]);
}

function statusOf(object: StoredObject): string {
  if (object.metadata.deletionTimestamp !== undefined)
    return `Terminating (since ${object.metadata.deletionTimestamp})`;
  return textAt(object, 'status', 'phase') ?? '';
}
