import { dns1123SubdomainProblems, qualifiedNameProblems } from '../../../objects/names.ts';
import { type ObjectSchema, schemaAt, schemaOf } from '../../../objects/schema/schema.ts';
import { BETA_STORAGE_CLASS } from '../../../objects/storage/names.ts';
import { type Cursor, checkRequiredText, checkText, checkUnique } from '../cursor.ts';
import { checkWholeBytes, quantityAt } from './resource-rules.ts';
import { checkLabelSelector } from './selector-rules.ts';

/** Fields of a volume's spec that say nothing of what backs it. */
const COMMON_FIELDS: ReadonlySet<string> = new Set([
  ...['accessModes', 'capacity', 'claimRef', 'mountOptions', 'nodeAffinity', 'persistentVolumeReclaimPolicy'],
  ...['storageClassName', 'volumeAttributesClassName', 'volumeMode'],
]);
/** What can back a volume: the fields of its spec of which it has exactly one. */
export const VOLUME_SOURCES: readonly string[] = volumeSources();

function volumeSources(): readonly string[] {
  const type = schemaOf('v1', 'PersistentVolume');
  const spec = type === undefined ? undefined : (schemaAt(type, ['spec']) as ObjectSchema | undefined);
  return [...(spec?.type.fields.keys() ?? [])].filter((field) => !COMMON_FIELDS.has(field));
}

/** `spec` of a claim, alone or in a template (core validation, ValidatePersistentVolumeClaimSpec). */
export function checkClaim(spec: Cursor): void {
  checkAccessModes(spec.get('accessModes'));
  if (!spec.get('selector').isAbsent) checkLabelSelector(spec.get('selector'));
  const storage = spec.get('resources').get('requests').get('storage');
  if (storage.isAbsent)
    storage.required('say how much storage is needed', 'add resources.requests.storage, such as 1Gi');
  else checkClaimSize(storage);
  if (spec.get('storageClassName').value !== '') checkText(spec.get('storageClassName'), dns1123SubdomainProblems);
  checkText(spec.get('volumeName'), (name) => (name === '' ? [] : dns1123SubdomainProblems(name)));
}

export function checkPersistentVolumeClaim(claim: Cursor): void {
  checkOldClass(claim);
  checkClaim(claim.get('spec'));
}

/** A PersistentVolume (core validation, ValidatePersistentVolumeSpec). */
export function checkPersistentVolume(volume: Cursor): void {
  checkOldClass(volume);
  const spec = volume.get('spec');
  checkAccessModes(spec.get('accessModes'));
  const capacity = spec.get('capacity');
  if (capacity.entries.length === 0) capacity.required(undefined, 'add capacity.storage, such as 1Gi');
  for (const [name, amount] of capacity.entries) {
    if (name === 'storage') checkPositive(amount);
    else amount.invalidKey('supported values: "storage"');
  }
  const given = VOLUME_SOURCES.map((source) => spec.get(source)).filter((source) => !source.isAbsent);
  if (given.length === 0) spec.required('must specify a volume type', 'add hostPath or local');
  for (const source of given.slice(1)) source.forbidden('may not specify more than 1 volume type');
  for (const source of ['hostPath', 'local']) {
    if (spec.get(source).object !== undefined) checkRequiredText(spec.get(source).get('path'), pathProblems);
  }
  const affinity = spec.get('nodeAffinity');
  if (spec.get('local').object !== undefined && affinity.get('required').isAbsent)
    affinity.required('Local volume requires node affinity');
  checkText(spec.get('storageClassName'), (name) => (name === '' ? [] : dns1123SubdomainProblems(name)));
  const claim = spec.get('claimRef');
  if (claim.object !== undefined) {
    checkRequiredText(claim.get('name'), dns1123SubdomainProblems);
    checkRequiredText(claim.get('namespace'), dns1123SubdomainProblems);
  }
}

/** A StorageClass (storage validation, ValidateStorageClass). */
export function checkStorageClass(storageClass: Cursor): void {
  checkRequiredText(storageClass.get('provisioner'), (name) => qualifiedNameProblems(name.toLowerCase()));
  const policy = storageClass.get('reclaimPolicy');
  if (policy.text !== undefined && !['Delete', 'Retain'].includes(policy.text))
    policy.notSupported(['Delete', 'Retain']);
  const mode = storageClass.get('volumeBindingMode');
  const modes = ['Immediate', 'WaitForFirstConsumer'];
  if (mode.text !== undefined && !modes.includes(mode.text)) mode.notSupported(modes);
  for (const term of storageClass.get('allowedTopologies').items) {
    for (const expression of term.get('matchLabelExpressions').items) checkTopology(expression);
  }
}

/** One label of a term of `allowedTopologies` (core validation, ValidateTopologySelectorTerm). */
function checkTopology(expression: Cursor): void {
  checkText(expression.get('key'), qualifiedNameProblems);
  const values = expression.get('values');
  if (values.items.length === 0) values.required();
  checkUnique(values.items, (value) => value);
}

/**
 * Annotations of volumes and claims that fields have taken the place of (GetWarningsForPersistentVolume,
 * GetWarningsForPersistentVolumeClaim).
 */
function checkOldClass(object: Cursor): void {
  const old = object.get('metadata').get('annotations').get(BETA_STORAGE_CLASS);
  if (!old.isAbsent) old.warn('deprecated since v1.8; use "storageClassName" attribute instead');
}

function checkAccessModes(modes: Cursor): void {
  if (modes.items.length === 0) {
    modes.required('at least 1 access mode is required', 'add accessModes: [ReadWriteOnce]');
  } else if (modes.items.length > 1 && modes.items.some(({ value }) => value === 'ReadWriteOncePod')) {
    modes.forbidden('may not use ReadWriteOncePod with other access modes');
  }
}

function checkClaimSize(storage: Cursor): void {
  checkPositive(storage);
  checkWholeBytes(storage, quantityAt(storage));
}

function checkPositive(amount: Cursor): void {
  const quantity = quantityAt(amount);
  if (quantity !== undefined && quantity.nano <= 0n) amount.invalid('must be greater than zero');
}

function pathProblems(path: string): readonly string[] {
  return path.split('/').includes('..') ? ["must not contain '..'"] : [];
}
