import { counted } from '../../lib/counted.ts';
import { childOf } from '../../objects/ownership/fields-tree.ts';
import { readManagedFields } from '../../objects/ownership/managed-fields.ts';
import { SELECTED_NODE } from '../../objects/storage/names.ts';
import { claimClassOf, isDelayed } from '../../objects/storage/storage.ts';
import type {
  DaemonSet,
  Deployment,
  Job,
  PersistentVolumeClaim,
  Pod,
  ReplicaSet,
  StatefulSet,
  StorageClass,
  StoredObject,
} from '../../objects/types.ts';
import { applicationOf } from '../field-managers.ts';
import { describeHolders } from './holding-finalizers.ts';
import { computePodHealth } from './pod-health.ts';

/**
 * The words of kstatus (kubernetes-sigs/cli-utils, `pkg/kstatus`): `Current` has reached what its spec asks for,
 * `InProgress` is on its way, `Failed` will not get there by itself, `Terminating` is being deleted.
 */
export type HealthStatus = 'Current' | 'InProgress' | 'Failed' | 'Terminating';

export interface Health {
  readonly status: HealthStatus;
  /** CamelCase: `LessReplicas`, `ProgressDeadlineExceeded`. Empty when `Current`. */
  readonly reason: string;
  /** One clause, as a person reads it in a status line. */
  readonly message: string;
  /** Wall time from which on the same object is judged otherwise, without any further event. */
  readonly changesAtMs?: number;
}

/** `pre-install,pre-upgrade`: what helm calls a hook. */
const HOOK_ANNOTATION = 'helm.sh/hook';

const HOOK_NOT_COMPLETE: Health = {
  status: 'InProgress',
  reason: 'HookNotComplete',
  message: 'a hook of a chart that has not run to its end',
};

const CURRENT: Health = { status: 'Current', reason: '', message: '' };

type FindStorageClass = (name: string) => StorageClass | undefined;

/**
 * Health of any stored object at `nowMs` (wall time). Kinds without a notion of progress are `Current` once they exist.
 */
export function computeHealth(object: StoredObject, nowMs: number, findStorageClass?: FindStorageClass): Health {
  if (object.metadata.deletionTimestamp !== undefined) {
    const holders = describeHolders(object);
    const message = holders === undefined ? 'is being deleted' : `is being deleted, and ${holders}`;
    return { status: 'Terminating', reason: 'Terminating', message };
  }
  if (isBehind(object)) return inProgress('LatestGenerationNotObserved', 'its newest spec has not been seen yet');
  return (
    judgeConditions(object) ??
    RULES[object.kind]?.(object, nowMs, findStorageClass) ??
    judgeReadyCondition(object) ??
    CURRENT
  );
}

type Rule = (object: StoredObject, nowMs: number, findStorageClass: FindStorageClass | undefined) => Health;

const RULES: Readonly<Record<string, Rule | undefined>> = {
  Deployment: (object) =>
    withFailure(object as unknown as Deployment, judgeDeployment(object as unknown as Deployment)),
  ReplicaSet: (object) => computeReplicaSetHealth(object as unknown as ReplicaSet),
  // kstatus has no rule for it and takes it as `Current` at once; its status has the same fields, and its pods can be
  // as far from ready.
  ReplicationController: (object) => computeReplicaSetHealth(object as unknown as ReplicaSet),
  StatefulSet: (object) =>
    withFailure(object as unknown as StatefulSet, judgeStatefulSet(object as unknown as StatefulSet)),
  DaemonSet: (object) => withFailure(object as unknown as DaemonSet, judgeDaemonSet(object as unknown as DaemonSet)),
  Job: (object) => computeJobHealth(object as unknown as Job),
  PersistentVolumeClaim: (object, _nowMs, findStorageClass) =>
    computeClaimHealth(object as unknown as PersistentVolumeClaim, findStorageClass),
  Pod: (object, nowMs) => judgePod(object as unknown as Pod, nowMs),
};

/**
 * "If the generation does not match the observedGeneration, the status is InProgress": the controller has not seen the
 * newest spec.
 */
function isBehind(object: StoredObject): boolean {
  const status = object['status'] as { readonly observedGeneration?: number } | undefined;
  const observed = status?.observedGeneration;
  return observed !== undefined && object.metadata.generation !== undefined && observed < object.metadata.generation;
}

/**
 * kstatus judges these by their counts, a Deployment by `Progressing` as well ("Status will be Failed if the progress
 * deadline has been exceeded", core.go); `ReplicaFailure` it reads of ReplicaSets alone. So the condition changes no
 * verdict here: it is the cause of one, as no pod is there to tell it.
 */
function withFailure({ status }: Deployment | StatefulSet | DaemonSet, health: Health): Health {
  const failure = status?.conditions?.find((condition) => condition.type === 'ReplicaFailure');
  if (health.status === 'Current' || failure?.status !== 'True' || failure.message === undefined) return health;
  return { ...health, message: `${health.message}: ${failure.message}` };
}

function judgeDeployment(deployment: Deployment): Health {
  const status = deployment.status ?? {};
  const wanted = deployment.spec?.replicas ?? 1;
  const progressing = status.conditions?.find((condition) => condition.type === 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded') {
    return failed('ProgressDeadlineExceeded', progressing.message ?? 'has not progressed within its deadline');
  }
  if (status.observedGeneration === undefined) return inProgress('NoStatus', 'its controller has not reported yet');
  const replicas = status.replicas ?? 0;
  const updated = status.updatedReplicas ?? 0;
  const available = status.availableReplicas ?? 0;
  const paused = deployment.spec?.paused === true;
  if (updated < wanted && paused)
    return inProgress('Paused', describePause(deployment, `${updated}/${wanted} updated`));
  if (updated < wanted) return inProgress('LessUpdated', `${updated}/${wanted} updated`);
  if (replicas > wanted) return inProgress('ExtraPods', `${counted(replicas - wanted, 'old pod')} still to stop`);
  if (available < wanted) return inProgress('LessAvailable', `${available}/${wanted} available`);
  return current(`${wanted}/${wanted} ready${paused ? ', paused' : ''}`);
}

/**
 * "Pausing: the controller will not roll out a new template" (`kubectl rollout pause`): nothing but a person, or Git,
 * ends that.
 */
function describePause({ metadata }: Deployment, counts: string): string {
  const owner = readManagedFields({ metadata }).find(
    ({ fields }) => childOf(childOf(fields, 'f:spec'), 'f:paused') !== undefined,
  );
  const by = owner?.entry.manager ?? 'somebody';
  if (owner?.entry.operation === 'Apply' && applicationOf(by) !== undefined)
    return `${counts}; is paused by its manifest (spec.paused, set by ${by}): take paused out of it`;
  const command = `kubectl rollout resume -n ${metadata.namespace} deployment/${metadata.name}`;
  return `${counts}; is paused (spec.paused, set by ${by}): ${command}`;
}

function computeReplicaSetHealth(replicaSet: ReplicaSet): Health {
  const status = replicaSet.status;
  const wanted = replicaSet.spec?.replicas ?? 1;
  const failure = status?.conditions?.find((condition) => condition.type === 'ReplicaFailure');
  if (failure?.status === 'True') return inProgress('ReplicaFailure', failure.message ?? 'pods cannot be created');
  const replicas = status?.replicas ?? 0;
  const ready = Math.min(status?.readyReplicas ?? 0, status?.availableReplicas ?? 0);
  if (replicas > wanted) return inProgress('ExtraReplicas', `${counted(replicas - wanted, 'pod')} still to stop`);
  if (ready < wanted) return inProgress('LessReady', `${ready}/${wanted} ready`);
  return current(`${wanted}/${wanted} ready`);
}

function judgeStatefulSet(set: StatefulSet): Health {
  const wanted = set.spec?.replicas ?? 1;
  const status = set.status;
  const ready = status?.readyReplicas ?? 0;
  if ((status?.replicas ?? 0) < wanted || ready < wanted) return inProgress('LessReady', `${ready}/${wanted} ready`);
  if ((status?.replicas ?? 0) > wanted)
    return inProgress('ExtraReplicas', `${counted((status?.replicas ?? 0) - wanted, 'pod')} still to stop`);
  // kstatus calls such a set `Current` whatever its pods do; Argo CD asks for ready pods first, and so does this.
  if (set.spec?.updateStrategy?.type === 'OnDelete')
    return current(`${ready}/${wanted} ready, updates when its pods are deleted`);
  const partition = set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
  const updated = status?.updatedReplicas ?? 0;
  if (partition > 0) {
    return updated < wanted - partition
      ? inProgress('PartitionRollout', `${updated}/${wanted - partition} updated`)
      : current(`${ready}/${wanted} ready`);
  }
  if (status?.currentRevision !== status?.updateRevision)
    return inProgress('LessUpdated', `${updated}/${wanted} updated`);
  return current(`${ready}/${wanted} ready`);
}

function judgeDaemonSet(set: DaemonSet): Health {
  const status = set.status;
  if (status?.observedGeneration === undefined) return inProgress('NoStatus', 'its controller has not reported yet');
  const wanted = status.desiredNumberScheduled;
  const updated = status.updatedNumberScheduled ?? 0;
  const available = status.numberAvailable ?? 0;
  if (set.spec?.updateStrategy?.type !== 'OnDelete' && updated < wanted)
    return inProgress('LessUpdated', `${updated}/${wanted} updated`);
  if (available < wanted) return inProgress('LessAvailable', `${available}/${wanted} available`);
  return current(`${status.numberReady}/${wanted} ready`);
}

/**
 * A chart's hook is waited for, as helm does it: "If the resource is a Job or Pod kind, Helm will wait until it
 * successfully runs to completion" (Chart Hooks).
 */
function isHook({ metadata }: Job | Pod): boolean {
  return metadata.annotations?.[HOOK_ANNOTATION] !== undefined;
}

/**
 * "A Job is Current once it is started": only its failure holds a rollout up, unless it is a hook. One whose pods are
 * refused has started nothing; kstatus cannot tell.
 */
function computeJobHealth(job: Job): Health {
  const conditions = job.status?.conditions ?? [];
  const failure = conditions.find((condition) => condition.type === 'Failed' && condition.status === 'True');
  if (failure !== undefined) return failed(failure.reason ?? 'JobFailed', failure.message ?? 'failed');
  if (conditions.some((condition) => condition.type === 'Complete' && condition.status === 'True'))
    return current('complete');
  if (job.spec?.suspend === true) return current('suspended');
  if (job.status?.startTime === undefined) return inProgress('JobNotStarted', 'has not started');
  const active = job.status.active ?? 0;
  const refusal = conditions.find((condition) => condition.type === 'ReplicaFailure' && condition.status === 'True');
  if (refusal !== undefined && active === 0)
    return inProgress('ReplicaFailure', `0 active: ${refusal.message ?? 'pods cannot be created'}`);
  if (isHook(job)) return HOOK_NOT_COMPLETE;
  return current(`${active} active`);
}

function judgePod(pod: Pod, nowMs: number): Health {
  const health = computePodHealth(pod, nowMs);
  return health.status === 'Current' && pod.status?.phase !== 'Succeeded' && isHook(pod) ? HOOK_NOT_COMPLETE : health;
}

/** "PVC is Bound" or not (kstatus, pvcConditions). A claim that lost its volume never gets it back. */
function computeClaimHealth(claim: PersistentVolumeClaim, findStorageClass: FindStorageClass | undefined): Health {
  const phase = claim.status?.phase ?? 'unknown';
  if (phase === 'Bound') return current('bound');
  if (phase === 'Lost') return failed('ClaimLost', 'has lost its volume');
  if (phase === 'Pending' && waitsForConsumer(claim, findStorageClass))
    return current('waits for a pod that mounts it');
  return inProgress('NotBound', 'is not bound to a volume');
}

/**
 * "WaitForFirstConsumer … will delay the binding and provisioning of a PersistentVolume until a Pod using the
 * PersistentVolumeClaim is created" (Storage Classes): until the scheduler has picked the node of such a pod, nothing
 * is to be done, and the pod itself says what keeps it.
 */
function waitsForConsumer(claim: PersistentVolumeClaim, findStorageClass: FindStorageClass | undefined): boolean {
  if ((claim.spec?.volumeName ?? '') !== '' || claim.metadata.annotations?.[SELECTED_NODE] !== undefined) return false;
  return isDelayed(findStorageClass?.(claimClassOf(claim) ?? ''));
}

/**
 * "Check if the resource has any of the standard conditions. If so, we just use them and no need to look at anything
 * else" (kstatus, generic.go); the first that is true decides.
 */
function judgeConditions(object: StoredObject): Health | undefined {
  for (const { type, status, reason, message } of conditionsOf(object)) {
    if (status !== 'True') continue;
    if (type === 'Reconciling') return inProgress(reason ?? type, message ?? 'reconciling');
    if (type === 'Stalled') return failed(reason ?? type, message ?? 'stalled');
  }
  return undefined;
}

/**
 * "One last check to see if the resource does expose a Ready condition" (kstatus, status.go), for kinds without a rule
 * of their own.
 */
function judgeReadyCondition(object: StoredObject): Health | undefined {
  const ready = conditionsOf(object).find(({ type }) => type === 'Ready');
  if (ready === undefined || ready.status === 'True') return undefined;
  return inProgress(ready.reason ?? 'NotReady', ready.message ?? 'is not ready');
}

function conditionsOf(object: StoredObject): readonly Condition[] {
  const status = object['status'] as { readonly conditions?: readonly Condition[] } | undefined;
  return Array.isArray(status?.conditions) ? status.conditions : [];
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

function current(message: string): Health {
  return { status: 'Current', reason: '', message };
}

function inProgress(reason: string, message: string): Health {
  return { status: 'InProgress', reason, message };
}

function failed(reason: string, message: string): Health {
  return { status: 'Failed', reason, message };
}
