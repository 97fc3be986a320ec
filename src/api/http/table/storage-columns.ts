import { IS_DEFAULT_CLASS } from '../../../objects/storage/names.ts';
import type { StoredObject } from '../../../objects/types.ts';
import { AGE } from './age-column.ts';
import { type Column, fieldsOf, NAME, text, textOf } from './column.ts';

const MODES: Readonly<Record<string, string>> = {
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOnce: 'RWO',
  ReadWriteOncePod: 'RWOP',
};
/** In this order, whatever order they are written in (GetAccessModesAsString). */
const MODE_ORDER = ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'];

const STATUS = text('Status', (object) =>
  object.metadata.deletionTimestamp === undefined ? textOf(fieldsOf(object, 'status')['phase']) : 'Terminating',
);
const CLASS = text('StorageClass', (object) => textOf(fieldsOf(object, 'spec')['storageClassName']));
const ATTRIBUTES = text(
  'VolumeAttributesClass',
  (object) => textOf(fieldsOf(object, 'spec')['volumeAttributesClassName']) || '<unset>',
);
const MODE = text('VolumeMode', (object) => textOf(fieldsOf(object, 'spec')['volumeMode']) || '<unset>', true);

/** Claims, volumes and their classes. */
export const STORAGE_COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  'v1/PersistentVolumeClaim': [
    NAME,
    STATUS,
    text('Volume', (object) => textOf(fieldsOf(object, 'spec')['volumeName'])),
    // "If the claim is bound, the capacity and modes of its volume are shown."
    text('Capacity', (object) => (isNamed(object) ? storageOf(object, 'status') : '')),
    text('Access Modes', (object) => (isNamed(object) ? modesOf(object, 'status') : '')),
    CLASS,
    ATTRIBUTES,
    AGE,
    MODE,
  ],
  'v1/PersistentVolume': [
    NAME,
    text('Capacity', (object) => storageOf(object, 'spec')),
    text('Access Modes', (object) => modesOf(object, 'spec')),
    text('Reclaim Policy', (object) => textOf(fieldsOf(object, 'spec')['persistentVolumeReclaimPolicy'])),
    STATUS,
    text('Claim', claimOf),
    CLASS,
    ATTRIBUTES,
    text('Reason', (object) => textOf(fieldsOf(object, 'status')['reason'])),
    AGE,
    MODE,
  ],
  'storage.k8s.io/v1/StorageClass': [
    text('Name', ({ metadata }) =>
      metadata.annotations?.[IS_DEFAULT_CLASS] === 'true' ? `${metadata.name} (default)` : metadata.name,
    ),
    text('Provisioner', (object) => textOf(object['provisioner'])),
    text('ReclaimPolicy', (object) => textOf(object['reclaimPolicy'])),
    text('VolumeBindingMode', (object) => textOf(object['volumeBindingMode'])),
    text('AllowVolumeExpansion', (object) => String(object['allowVolumeExpansion'] === true)),
    AGE,
  ],
};

function isNamed(claim: StoredObject): boolean {
  return textOf(fieldsOf(claim, 'spec')['volumeName']) !== '';
}

function storageOf(object: StoredObject, stanza: 'spec' | 'status'): string {
  return textOf(fieldsOf(fieldsOf(object, stanza), 'capacity')['storage']);
}

function modesOf(object: StoredObject, stanza: 'spec' | 'status'): string {
  const modes = fieldsOf(object, stanza)['accessModes'];
  const given: readonly unknown[] = Array.isArray(modes) ? modes : [];
  return MODE_ORDER.filter((mode) => given.includes(mode))
    .map((mode) => MODES[mode] ?? '')
    .join(',');
}

/** `shop/data`. */
function claimOf(volume: StoredObject): string {
  const { name, namespace } = fieldsOf(fieldsOf(volume, 'spec'), 'claimRef');
  return name === undefined ? '' : `${textOf(namespace)}/${textOf(name)}`;
}
