import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import type { FieldPath, FieldProblem } from '../../objects/field-problem.ts';
import { compareQuantities } from '../../objects/quantity.ts';
import type { KubernetesObject } from '../../objects/types.ts';
import { Cursor, isSame, ProblemList } from './cursor.ts';
import { quantityAt } from './rules/resource-rules.ts';
import { VOLUME_SOURCES } from './rules/storage-rules.ts';
import { checkPodUpdate, withoutNodeAffinity } from './validate-pod-update.ts';

const IMMUTABLE = 'field is immutable';

/** Fields that never change once the object exists, where the whole rule is just that. */
const IMMUTABLE_FIELDS: Readonly<Record<string, readonly FieldPath[]>> = {
  'apps/v1/ControllerRevision': [['data']],
  'apps/v1/DaemonSet': [['spec', 'selector']],
  'apps/v1/Deployment': [['spec', 'selector']],
  'apps/v1/ReplicaSet': [['spec', 'selector']],
  'apps/v1/StatefulSet': ['selector', 'serviceName', 'podManagementPolicy', 'volumeClaimTemplates'].map((name) => [
    'spec',
    name,
  ]),
  'batch/v1/Job': [
    ...['selector', 'completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'],
  ].map((name) => ['spec', name]),
  'discovery.k8s.io/v1/EndpointSlice': [['addressType']],
  'networking.k8s.io/v1/IngressClass': [['spec', 'controller']],
  'node.k8s.io/v1/RuntimeClass': [['handler']],
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': [['roleRef']],
  'rbac.authorization.k8s.io/v1/RoleBinding': [['roleRef']],
  'scheduling.k8s.io/v1/PriorityClass': [['value'], ['preemptionPolicy']],
  'storage.k8s.io/v1/StorageClass': ['provisioner', 'parameters', 'reclaimPolicy', 'volumeBindingMode'].map((name) => [
    name,
  ]),
  'v1/PersistentVolume': [['spec', 'volumeMode']],
  'v1/PersistentVolumeClaim': ['accessModes', 'dataSource', 'dataSourceRef', 'selector', 'volumeMode'].map((name) => [
    'spec',
    name,
  ]),
  'v1/Secret': [['type']],
};

/**
 * Whether `object` may take the place of `previous`; both with their defaults. Only what the change itself breaks: call
 * `validateObject` for the rest.
 */
export function validateUpdate(object: KubernetesObject, previous: KubernetesObject): readonly FieldProblem[] {
  const problems = new ProblemList(object);
  const next = new Cursor(object as unknown as JsonObject, problems);
  const before = new Cursor(previous as unknown as JsonObject, new ProblemList(previous));
  const kind = `${object.apiVersion}/${object.kind}`;
  for (const path of [['metadata', 'name'], ['metadata', 'namespace'], ...(IMMUTABLE_FIELDS[kind] ?? [])]) {
    checkUnchanged(at(next, path), at(before, path));
  }
  if (kind === 'v1/Pod') checkPodUpdate(next.get('spec'), before.get('spec'));
  if (kind === 'batch/v1/Job') checkJob(next, before);
  if (kind === 'v1/Service') checkService(next.get('spec'), before.get('spec'));
  if (kind === 'v1/PersistentVolumeClaim') checkClaim(next, before);
  if (kind === 'v1/PersistentVolume') checkVolume(next.get('spec'), before.get('spec'));
  if (kind === 'v1/ConfigMap' || kind === 'v1/Secret') checkFrozen(next, before);
  return problems.items;
}

function at(cursor: Cursor, path: FieldPath): Cursor {
  return path.reduce((found: Cursor, step) => found.get(String(step)), cursor);
}

function checkUnchanged(next: Cursor, before: Cursor): void {
  if (!isSame(next.value, before.value)) immutable(next);
}

function immutable(cursor: Cursor, detail = IMMUTABLE): void {
  cursor.immutable(detail, 'change it back, or delete the object and create it anew', 'FieldValueInvalid');
}

/**
 * "`immutable`, if true, ensures that data cannot be updated; it can only be unset by deleting the object" (core/v1).
 */
function checkFrozen(next: Cursor, before: Cursor): void {
  if (before.get('immutable').value !== true) return;
  if (next.get('immutable').value !== true)
    immutable(next.get('immutable'), 'field is immutable when `immutable` is set');
  for (const field of ['data', 'binaryData']) {
    if (isSame(next.get(field).value, before.get(field).value)) continue;
    const help = 'use a new name for new data';
    next.get(field).immutable('field is immutable when `immutable` is set', help, 'FieldValueForbidden');
  }
}

/**
 * "The cluster IP cannot be changed through updates unless the type is changed to ExternalName" (core/v1, ServiceSpec).
 */
function checkService(next: Cursor, before: Cursor): void {
  const old = before.get('clusterIP');
  if (!old.text || next.get('type').value === 'ExternalName' || before.get('type').value === 'ExternalName') return;
  const clusterIp = next.get('clusterIP');
  if (clusterIp.text && clusterIp.text !== old.text) immutable(clusterIp);
}

/**
 * "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims" (core
 * validation, ValidatePersistentVolumeClaimUpdate); a class and a volume that the claim does not have yet may be given
 * to it.
 */
function checkClaim(claim: Cursor, previous: Cursor): void {
  const [next, before] = [claim.get('spec'), previous.get('spec')];
  const hasClass = !before.get('storageClassName').isAbsent;
  if (hasClass) checkUnchanged(next.get('storageClassName'), before.get('storageClassName'));
  if (before.get('volumeName').text) checkUnchanged(next.get('volumeName'), before.get('volumeName'));
  const [resources, old] = [next.get('resources'), before.get('resources')];
  if (isSame(resources.value, old.value)) return;
  const detail = 'spec is immutable after creation except resources.requests for bound claims';
  if (previous.get('status').get('phase').value !== 'Bound') return immutable(resources, detail);
  if (!isSame(resources.get('limits').value, old.get('limits').value)) immutable(resources.get('limits'), detail);
  const asked = quantityAt(resources.get('requests').get('storage'));
  const granted = quantityAt(previous.get('status').get('capacity').get('storage'));
  if (asked === undefined || granted === undefined || compareQuantities(asked, granted) >= 0) return;
  resources.get('requests').get('storage').forbidden('field can not be less than status.capacity');
}

/**
 * "spec.persistentvolumesource is immutable after creation"; node affinity is once it is set
 * (ValidatePersistentVolumeUpdate).
 */
function checkVolume(next: Cursor, before: Cursor): void {
  for (const source of VOLUME_SOURCES) {
    if (isSame(next.get(source).value, before.get(source).value)) continue;
    immutable(next.get(source), 'spec.persistentvolumesource is immutable after creation');
  }
  if (!before.get('nodeAffinity').isAbsent) checkUnchanged(next.get('nodeAffinity'), before.get('nodeAffinity'));
}

/**
 * What decides where a pod runs: "scheduling directives of a suspended Job that never started can be changed"; of the
 * affinity that to nodes alone.
 */
const SCHEDULING_DIRECTIVES = ['nodeSelector', 'schedulingGates', 'tolerations'];

/**
 * "The pod template is immutable, apart from node affinity, node selector, tolerations, labels, annotations and
 * scheduling gates while the Job is suspended and has not been started before"; "completions of an Indexed Job can be
 * changed in tandem with parallelism, so that both stay equal" (Jobs, kubernetes.io).
 */
function checkJob(job: Cursor, previous: Cursor): void {
  const [next, before] = [job.get('spec'), previous.get('spec')];
  const isMutable = before.get('suspend').value === true && previous.get('status').get('startTime').isAbsent;
  const comparable = (template: Cursor) => (isMutable ? withoutDirectives(template.value) : template.value);
  const template = next.get('template');
  if (!isSame(comparable(template), comparable(before.get('template')))) immutable(template);
  const completions = next.get('completions');
  if (next.get('completionMode').value !== 'Indexed') checkUnchanged(completions, before.get('completions'));
  else if (!isSame(completions.value, before.get('completions').value))
    checkElastic(completions, next.get('parallelism'));
}

function checkElastic(completions: Cursor, parallelism: Cursor): void {
  if (isSame(completions.value, parallelism.value)) return;
  completions.invalid('can only be modified in tandem with spec.parallelism', 'set both to the same number');
}

/** The template without what may change in it: its labels and annotations too, and the affinity to nodes. */
function withoutDirectives(template: JsonValue | undefined): JsonValue | undefined {
  if (!isJsonObject(template) || !isJsonObject(template['spec'])) return template;
  const { affinity, ...spec } = template['spec'];
  const kept = Object.fromEntries(Object.entries(spec).filter(([field]) => !SCHEDULING_DIRECTIVES.includes(field)));
  const others = isJsonObject(affinity) ? withoutNodeAffinity(affinity) : undefined;
  return { spec: others === undefined ? kept : { ...kept, affinity: others } };
}
