import type { KindInfo } from '../../../objects/kinds.ts';
import {
  annotationKeyProblems,
  dns1123LabelProblems,
  generateNameProblems,
  labelValueProblems,
  objectNameProblems,
  qualifiedNameProblems,
} from '../../../objects/names.ts';
import { type Cursor, checkRequiredText, checkText } from '../cursor.ts';
import { checkFinalizers } from './finalizer-rules.ts';

/** "The total size of annotations must not exceed 256 KiB" (apimachinery, TotalAnnotationSizeLimitB). */
const ANNOTATIONS_BYTES = 256 * 1024;

/** What only a server sets; in a manifest it means that the object was copied out of a cluster. */
const SERVER_FIELDS = [
  'creationTimestamp',
  'deletionTimestamp',
  'generation',
  'managedFields',
  'resourceVersion',
  'selfLink',
  'uid',
];

/** The kinds whose pods are called after them: "a DNS label is recommended" (WarningsOnCreate of their strategies). */
const NAMES_OF_PODS: ReadonlySet<string> = new Set([
  'CronJob',
  'Deployment',
  'Job',
  'ReplicaSet',
  'ReplicationController',
]);

/** Where an object comes from. */
interface Writing {
  /** Somebody wrote it into a file to be applied. */
  readonly isManifest: boolean;
  /** It takes the place of no other, as far as is known. */
  readonly isNew: boolean;
}

/** `metadata` of any kind. */
export function checkMetadata(metadata: Cursor, info: KindInfo, { isManifest, isNew }: Writing): void {
  checkName(metadata, info, { isManifest, isNew });
  checkNamespace(metadata.get('namespace'), info);
  checkLabels(metadata.get('labels'));
  checkAnnotations(metadata.get('annotations'));
  checkFinalizers(metadata.get('finalizers'));
  checkOwners(metadata.get('ownerReferences'));
  if (!isManifest) return;
  warnOfOwners(metadata.get('ownerReferences'));
  for (const name of SERVER_FIELDS) {
    const field = metadata.get(name);
    if (field.isAbsent) continue;
    field.report('FieldInert', `${name} is set by the server and ignored in a manifest`, 'remove it', 'key', 'warning');
  }
}

/**
 * A name cannot change: one that was allowed once must not keep its object from being changed
 * (ValidateStatefulSetUpdate).
 */
function checkName(metadata: Cursor, info: KindInfo, { isManifest, isNew }: Writing): void {
  const name = metadata.get('name');
  const generateName = metadata.get('generateName');
  if (generateName.text !== undefined && generateName.text !== '') {
    if (isManifest && name.isAbsent) {
      const detail = 'an object that is applied needs a name; generateName would make a new one each time';
      return generateName.report(
        'FieldValueRequired',
        `Required value: ${detail}`,
        'write metadata.name instead',
        'key',
      );
    }
    checkText(generateName, (value) => generateNameProblems(info, value));
  }
  if (name.isAbsent || name.value === '') {
    if (generateName.isAbsent || generateName.value === '') name.required('name or generateName is required');
    return;
  }
  if (!isNew) return;
  checkText(name, (value) => objectNameProblems(info, value));
  recommendLabel(name, info);
}

function recommendLabel(name: Cursor, info: KindInfo): void {
  if (info.kind !== 'Pod' && !NAMES_OF_PODS.has(info.kind)) return;
  const problems = dns1123LabelProblems(name.text ?? '');
  if (problems.length === 0 || objectNameProblems(info, name.text ?? '').length > 0) return;
  const use = info.kind === 'Pod' ? "the Pod's hostname" : 'Pod names and hostnames';
  const text = `this is used in ${use}, which can result in surprising behavior; a DNS label is recommended`;
  name.warn(`${text}: [${problems.join(' ')}]`);
}

function checkNamespace(namespace: Cursor, info: KindInfo): void {
  if (namespace.isAbsent) return;
  if (info.namespaced) return checkText(namespace, (value) => (value === '' ? [] : dns1123LabelProblems(value)));
  const message = `a ${info.kind} belongs to no namespace; the field is ignored`;
  namespace.report('FieldInert', message, 'remove it', 'key', 'warning');
}

/** "A label's key is a qualified name, its value at most 63 characters" (apimachinery, ValidateLabels). */
export function checkLabels(labels: Cursor): void {
  for (const [key, value] of labels.entries) {
    for (const message of qualifiedNameProblems(key)) value.invalidKey(message);
    checkText(value, labelValueProblems);
  }
}

/**
 * "A key is a qualified name in any case of letters; all together have at most 256 KiB" (apimachinery,
 * ValidateAnnotations).
 */
export function checkAnnotations(annotations: Cursor): void {
  let sizeBytes = 0;
  for (const [key, value] of annotations.entries) {
    for (const message of annotationKeyProblems(key)) value.invalidKey(message);
    sizeBytes += key.length + (value.text?.length ?? 0);
  }
  if (sizeBytes > ANNOTATIONS_BYTES) annotations.tooLong(`may not be more than ${ANNOTATIONS_BYTES} bytes`);
}

/**
 * "The server sets the uid on successful creation of a resource", so that a file can at best name an owner of the past
 * (ObjectMeta).
 */
function warnOfOwners(owners: Cursor): void {
  if (owners.items.length === 0) return;
  const message =
    'no file knows the uid of an owner, and the garbage collector deletes an object whose owners do not exist';
  owners.report('FieldValueInvalid', message, 'leave ownerReferences out of Git', 'key', 'warning');
}

function checkOwners(owners: Cursor): void {
  let controllers = 0;
  for (const owner of owners.items) {
    for (const field of ['apiVersion', 'kind', 'name', 'uid']) checkRequiredText(owner.get(field), () => []);
    if (owner.get('controller').value === true && ++controllers > 1) {
      owner.get('controller').invalid('Only one reference can have Controller set to true');
    }
  }
}
