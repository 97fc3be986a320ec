import type { JsonObject, JsonValue } from '../../lib/json.ts';
import type { FieldProblem } from '../../objects/field-problem.ts';
import type { KindInfo } from '../../objects/kinds.ts';
import { schemaOf } from '../../objects/schema/schema.ts';
import { supportProblems } from '../../objects/support/field-support.ts';
import type { KubernetesObject } from '../../objects/types.ts';
import { Cursor, ProblemList } from './cursor.ts';
import { kindVerdict } from './kind-problems.ts';
import { checkModel, type ModelValidators, noModelValidators } from './model-validators.ts';
import { checkHorizontalPodAutoscaler, checkOldAutoscaler } from './rules/autoscaler-rules.ts';
import { checkConfigMap, checkSecret } from './rules/config-rules.ts';
import { checkEndpointSlice, checkEndpoints } from './rules/endpoint-slice-rules.ts';
import { checkCronJob, checkJob } from './rules/job-rules.ts';
import { checkMetadata } from './rules/metadata-rules.ts';
import { checkNamespace } from './rules/namespace-rules.ts';
import { checkNode, warnOfDeclaredNode } from './rules/node-rules.ts';
import { checkPod } from './rules/pod-rules.ts';
import { checkDisruptionBudget, checkPriorityClass } from './rules/policy-rules.ts';
import { checkLimitRange, checkResourceQuota } from './rules/quota-rules.ts';
import { checkService } from './rules/service-rules.ts';
import { checkPersistentVolume, checkPersistentVolumeClaim, checkStorageClass } from './rules/storage-rules.ts';
import {
  checkControllerRevision,
  checkDaemonSet,
  checkDeployment,
  checkReplicaSet,
  checkReplicationController,
  checkStatefulSet,
} from './rules/workload-rules.ts';
import { checkSchema, checkSchemaOfField } from './schema-problems.ts';

export interface ValidateOptions {
  /** The second opinion; a kind whose validator is not loaded goes without. */
  readonly models?: ModelValidators;
  /**
   * Who wrote the object. `manifest`: a file to be applied, where a name is needed and what only a server sets is
   * warned about. `server` (default): an object on its way into the store.
   */
  readonly origin?: 'manifest' | 'server';
  /** What the object takes the place of. A few rules let pass what was wrong before and stays as it is. */
  readonly previous?: KubernetesObject;
}

/** The rules of a kind beyond its schema and its metadata. */
type KindRules = (object: Cursor, previous: KubernetesObject | undefined) => void;

const RULES: ReadonlyMap<string, KindRules> = new Map<string, KindRules>([
  ['v1/ConfigMap', checkConfigMap],
  ['v1/Endpoints', checkEndpoints],
  ['v1/LimitRange', (range) => checkLimitRange(range.get('spec'))],
  ['v1/Namespace', checkNamespace],
  ['v1/Node', checkNode],
  ['v1/PersistentVolume', checkPersistentVolume],
  ['v1/PersistentVolumeClaim', checkPersistentVolumeClaim],
  ['v1/Pod', checkPod],
  ['v1/ResourceQuota', (quota) => checkResourceQuota(quota.get('spec'))],
  ['v1/Secret', checkSecret],
  ['v1/Service', (service) => checkService(service.get('spec'))],
  ['v1/ReplicationController', (controller) => checkReplicationController(controller.get('spec'))],
  ['apps/v1/ControllerRevision', checkControllerRevision],
  ['apps/v1/DaemonSet', (set) => checkDaemonSet(set.get('spec'))],
  ['apps/v1/StatefulSet', (set) => checkStatefulSet(set.get('spec'))],
  ['apps/v1/Deployment', (deployment) => checkDeployment(deployment.get('spec'))],
  ['apps/v1/ReplicaSet', (replicaSet) => checkReplicaSet(replicaSet.get('spec'))],
  ['autoscaling/v1/HorizontalPodAutoscaler', (autoscaler) => checkOldAutoscaler(autoscaler.get('spec'))],
  ['autoscaling/v2/HorizontalPodAutoscaler', (autoscaler) => checkHorizontalPodAutoscaler(autoscaler.get('spec'))],
  ['batch/v1/CronJob', checkCronJob],
  ['batch/v1/Job', checkJob],
  ['discovery.k8s.io/v1/EndpointSlice', checkEndpointSlice],
  ['policy/v1/PodDisruptionBudget', (budget) => checkDisruptionBudget(budget.get('spec'))],
  ['scheduling.k8s.io/v1/PriorityClass', checkPriorityClass],
  ['storage.k8s.io/v1/StorageClass', checkStorageClass],
]);

/**
 * All that can be said of one object by itself, pure and synchronous: kind, fields, types, metadata and the rules
 * across fields, worded as Kubernetes words them. An unknown kind is the only problem of its object. Takes about 50 µs
 * for a Deployment.
 */
export function validateObject(object: KubernetesObject, options: ValidateOptions = {}): readonly FieldProblem[] {
  const { info, problems: kindProblems } = kindVerdict(object.apiVersion, object.kind);
  if (info === undefined || info.support === 'refused') return kindProblems;
  const problems = new ProblemList(object);
  for (const problem of kindProblems) problems.add(problem);
  checkFields(object, info, problems, options);
  return sortByPath(problems.items);
}

/**
 * What can be said of the status alone. A write of the status changes nothing else, and the rest was judged when it was
 * written: "validates only the status" is what every strategy of a status subresource does (ValidatePodStatusUpdate,
 * ValidateDeploymentStatusUpdate).
 */
export function validateStatus(object: KubernetesObject): readonly FieldProblem[] {
  const status = object['status'] as JsonValue | undefined;
  const type = schemaOf(object.apiVersion, object.kind);
  if (status === undefined || status === null || type === undefined) return [];
  const problems = new ProblemList(object);
  checkSchemaOfField('status', status, type, problems);
  return sortByPath(problems.items);
}

function checkFields(object: KubernetesObject, info: KindInfo, problems: ProblemList, options: ValidateOptions): void {
  const root = new Cursor(object as unknown as JsonObject, problems);
  const type = schemaOf(info.apiVersion, info.kind);
  if (type !== undefined) checkSchema(root.value ?? null, type, problems);
  for (const problem of supportProblems(object)) problems.add(problem);
  const validator = (options.models ?? noModelValidators).validatorOf(info.apiVersion, info.kind);
  if (validator) checkModel(object, validator, problems);
  const isManifest = options.origin === 'manifest';
  checkMetadata(root.get('metadata'), info, { isManifest, isNew: options.previous === undefined });
  if (isManifest) checkStatus(root.get('status'), info);
  if (isManifest && info.kind === 'Node') warnOfDeclaredNode(root);
  RULES.get(`${info.apiVersion}/${info.kind}`)?.(root, options.previous);
}

/** "Status is written by the system, never by users" (API conventions): applying a manifest leaves it out. */
function checkStatus(status: Cursor, info: KindInfo): void {
  if (!info.hasStatus || status.object === undefined || Object.keys(status.object).length === 0) return;
  status.report(
    'FieldInert',
    'status is written by the server and ignored in a manifest',
    'remove it',
    'key',
    'warning',
  );
}

/** One problem of a code at a place is enough; errors come first, then the order in which they were found. */
function sortByPath(items: readonly FieldProblem[]): readonly FieldProblem[] {
  if (items.length < 2) return items;
  const seen = new Set<string>();
  const unique = items.filter((item) => {
    const key = `${item.code}\0${item.path.join('\0')}\0${item.code === 'FieldValueInvalid' ? item.message : ''}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  return [
    ...unique.filter((item) => item.severity === 'error'),
    ...unique.filter((item) => item.severity === 'warning'),
  ];
}
