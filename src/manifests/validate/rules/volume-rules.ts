import {
  configMapKeyProblems,
  descendingPathProblems,
  dns1123LabelProblems,
  dns1123SubdomainProblems,
} from '../../../objects/names.ts';
import type { ObjectSchema } from '../../../objects/schema/schema.ts';
import { schemaAt, schemaOf } from '../../../objects/schema/schema.ts';
import { type Cursor, checkRequiredText, checkText, checkUnique } from '../cursor.ts';
import { checkFieldRef, checkResourceRef } from './container-rules.ts';
import { quantityAt } from './resource-rules.ts';
import { checkClaim } from './storage-rules.ts';

/** Every kind of volume that Kubernetes has: the fields of a volume but its name. */
const VOLUME_TYPES: readonly string[] = volumeTypes();
const PROJECTED_TYPES = ['secret', 'configMap', 'downwardAPI', 'serviceAccountToken', 'clusterTrustBundle'];
const DOWNWARD_MAPS = ['metadata.annotations', 'metadata.labels'];
/**
 * "Only annotations, labels, name, namespace and uid are supported" (core/v1, DownwardAPIVolumeFile), the maps whole as
 * well.
 */
const DOWNWARD_PATHS = ['metadata.name', 'metadata.namespace', 'metadata.uid', ...DOWNWARD_MAPS];

function volumeTypes(): readonly string[] {
  const pod = schemaOf('v1', 'Pod');
  const volumes = pod === undefined ? undefined : schemaAt(pod, ['spec', 'volumes', 0]);
  const fields = (volumes as ObjectSchema | undefined)?.type.fields.keys() ?? [];
  return [...fields].filter((name) => name !== 'name');
}

/** `spec.volumes` of a pod (core validation, ValidateVolumes). */
export function checkVolumes(volumes: Cursor): void {
  for (const volume of volumes.items) {
    checkRequiredText(volume.get('name'), dns1123LabelProblems);
    checkVolumeSource(volume);
  }
}

function checkVolumeSource(volume: Cursor): void {
  // None at all is an emptyDir (SetDefaults_Volume).
  const given = VOLUME_TYPES.map((type) => volume.get(type)).filter((source) => !source.isAbsent);
  for (const source of given.slice(1)) source.forbidden('may not specify more than 1 volume type');
  const configMap = volume.get('configMap');
  if (configMap.object !== undefined) {
    checkRequiredText(configMap.get('name'), dns1123SubdomainProblems);
    checkItems(configMap);
  }
  const secret = volume.get('secret');
  if (secret.object !== undefined) {
    checkRequiredText(secret.get('secretName'), dns1123SubdomainProblems);
    checkItems(secret);
  }
  const claim = volume.get('persistentVolumeClaim');
  if (claim.object !== undefined) checkRequiredText(claim.get('claimName'), dns1123SubdomainProblems);
  const template = volume.get('ephemeral').get('volumeClaimTemplate');
  if (volume.get('ephemeral').object !== undefined) {
    if (template.isAbsent) template.required();
    else checkClaim(template.get('spec'));
  }
  const hostPath = volume.get('hostPath').get('path');
  if (volume.get('hostPath').object !== undefined) {
    checkRequiredText(hostPath, (path) => (path.split('/').includes('..') ? ["must not contain '..'"] : []));
  }
  const sizeLimit = volume.get('emptyDir').get('sizeLimit');
  if ((quantityAt(sizeLimit)?.nano ?? 0n) < 0n)
    sizeLimit.forbidden('SizeLimit field must be a valid resource quantity');
  checkDownward(volume.get('downwardAPI'));
  checkProjected(volume.get('projected'));
}

function checkProjected(projected: Cursor): void {
  checkMode(projected.get('defaultMode'));
  for (const source of projected.get('sources').items) {
    const given = PROJECTED_TYPES.map((type) => source.get(type)).filter((item) => !item.isAbsent);
    if (source.object !== undefined && given.length === 0) source.required('must specify a source');
    for (const extra of given.slice(1)) extra.forbidden('may not specify more than 1 volume type per source');
    for (const type of ['secret', 'configMap']) {
      const projection = source.get(type);
      if (projection.object === undefined) continue;
      checkRequiredText(projection.get('name'), dns1123SubdomainProblems);
      checkItems(projection);
    }
    checkDownward(source.get('downwardAPI'));
    const token = source.get('serviceAccountToken');
    if (token.object !== undefined) checkRequiredText(token.get('path'), descendingPathProblems);
  }
}

/** Keys and where they go, and the modes of the files. */
function checkItems(source: Cursor): void {
  checkMode(source.get('defaultMode'));
  const items = source.get('items').items;
  for (const item of items) {
    checkRequiredText(item.get('key'), configMapKeyProblems);
    checkRequiredText(item.get('path'), fileProblems);
    checkMode(item.get('mode'));
  }
  checkUnique(items, (item) => item.get('path'));
}

function checkDownward(source: Cursor): void {
  checkMode(source.get('defaultMode'));
  for (const item of source.get('items').items) {
    checkRequiredText(item.get('path'), fileProblems);
    checkMode(item.get('mode'));
    const given = ['fieldRef', 'resourceFieldRef'].filter((name) => item.has(name));
    if (given.length === 0) item.required('one of `fieldRef` and `resourceFieldRef` is required');
    if (given.length > 1) item.invalid('`fieldRef` and `resourceFieldRef` can not be specified simultaneously');
    checkFieldRef(item.get('fieldRef'), DOWNWARD_MAPS, DOWNWARD_PATHS);
    checkResourceRef(item.get('resourceFieldRef'));
    const resource = item.get('resourceFieldRef');
    if (resource.object !== undefined) checkRequiredText(resource.get('containerName'), () => []);
  }
}

/** "Must not start with '..'": that is where the kubelet keeps the versions of a volume. */
function fileProblems(path: string): readonly string[] {
  return path.startsWith('..') ? ["must not start with '..'"] : descendingPathProblems(path);
}

/** YAML's `0644` and JSON's 420 are the same number; `644` is a common mistake. */
function checkMode(mode: Cursor): void {
  if (mode.number === undefined || (mode.number >= 0 && mode.number <= 0o777)) return;
  const meant = /^[0-7]{3}$/.test(String(mode.value)) ? `did you mean 0${String(mode.value)}?` : undefined;
  mode.invalid('must be a number between 0 and 0777 (octal), both inclusive', meant);
}

/** Names of the volumes that mounts can refer to. */
export function volumeNamesOf(volumes: Cursor): ReadonlySet<string> {
  const names = new Set<string>();
  for (const volume of volumes.items) {
    const name = volume.get('name').text;
    if (name !== undefined) names.add(name);
  }
  return names;
}

export function checkImagePullSecrets(secrets: Cursor): void {
  for (const secret of secrets.items) {
    const name = secret.get('name');
    if (name.text === '') name.warn('invalid empty name ""');
    else checkText(name, dns1123SubdomainProblems);
  }
}
