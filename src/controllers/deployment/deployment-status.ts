import { formatTime, parseTime } from '../../lib/clock.ts';
import { findCondition, isControlledBy, removeCondition } from '../../objects/index.ts';
import type { Deployment, ReplicaSet } from '../../objects/types.ts';
import { replicasOf } from '../replica-set/compute-replica-set.ts';
import { type RolloutSpec, resolveRolloutSpec } from './deployment-spec.ts';
import { findNewReplicaSet } from './revisions.ts';

export type DeploymentStatus = NonNullable<Deployment['status']>;
type DeploymentCondition = NonNullable<DeploymentStatus['conditions']>[number];

export interface DeploymentStatusSnapshot {
  readonly deployment: Deployment;
  /** Those of the namespace as they are after this reconcile; the ones of other controllers are passed over. */
  readonly replicaSets: readonly ReplicaSet[];
  /** What this reconcile did about a new ReplicaSet. */
  readonly creation:
    | { readonly type: 'created' }
    | { readonly type: 'failed'; readonly name: string; readonly message: string }
    | undefined;
  /**
   * Whether a rollout step was made, so that progress is judged; not while paused, nor when the Deployment was just
   * scaled.
   */
  readonly judgeProgress: boolean;
  readonly collisionCount: number;
  readonly nowMs: number;
}

export interface DeploymentStatusResult {
  readonly status: DeploymentStatus;
  /** When the progress deadline has to be looked at again. */
  readonly requeueAfterMs: number | undefined;
}

/** The status as the ReplicaSets make it, with the conditions `Available`, `Progressing` and `ReplicaFailure`. */
export function computeDeploymentStatus(input: DeploymentStatusSnapshot): DeploymentStatusResult {
  const replicaSets = input.replicaSets.filter((set) => isControlledBy(set, input.deployment));
  const newReplicaSet = findNewReplicaSet(input.deployment, replicaSets);
  const snapshot = { ...input, replicaSets, newReplicaSet, spec: resolveRolloutSpec(input.deployment) };
  const counts = countReplicas(snapshot);
  const conditions = new Conditions(snapshot.deployment.status?.conditions ?? [], snapshot.nowMs);
  markPause(conditions, snapshot);
  markNewReplicaSet(conditions, snapshot);
  markAvailability(conditions, snapshot.spec, counts.availableReplicas);
  if (snapshot.judgeProgress) {
    judgeProgress(conditions, snapshot, counts);
    markReplicaFailure(conditions, snapshot);
  }
  const list = conditions.list();
  const nonZero = Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
  const status: DeploymentStatus = {
    observedGeneration: snapshot.deployment.metadata.generation ?? 0,
    ...nonZero,
    ...(snapshot.collisionCount > 0 ? { collisionCount: snapshot.collisionCount } : {}),
    ...(list.length > 0 ? { conditions: list } : {}),
  };
  return { status, requeueAfterMs: deadlineInMs(conditions, snapshot, counts) };
}

interface Resolved extends DeploymentStatusSnapshot {
  readonly spec: RolloutSpec;
  readonly newReplicaSet: ReplicaSet | undefined;
}

interface ReplicaCounts {
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly unavailableReplicas: number;
}

function countReplicas({ replicaSets, newReplicaSet }: Resolved): ReplicaCounts {
  const sum = (count: (set: ReplicaSet) => number | undefined) =>
    replicaSets.reduce((total, set) => total + (count(set) ?? 0), 0);
  const availableReplicas = sum((set) => set.status?.availableReplicas);
  return {
    replicas: sum((set) => set.status?.replicas),
    updatedReplicas: newReplicaSet?.status?.replicas ?? 0,
    readyReplicas: sum((set) => set.status?.readyReplicas),
    availableReplicas,
    // "Total number of unavailable pods targeted by this deployment … may either be pods that are running but not yet
    // available or pods
    // that still have not been created" (apps/v1).
    unavailableReplicas: Math.max(0, sum(replicasOf) - availableReplicas),
  };
}

/**
 * The conditions while they are being worked out; a condition that says the same already keeps its times and message.
 */
class Conditions {
  #list: readonly DeploymentCondition[];
  readonly #now: string;

  constructor(list: readonly DeploymentCondition[], nowMs: number) {
    this.#list = list;
    this.#now = formatTime(nowMs);
  }

  list(): DeploymentCondition[] {
    return [...this.#list];
  }

  find(type: string): DeploymentCondition | undefined {
    return findCondition(this.#list, type);
  }

  remove(type: string): void {
    this.#list = removeCondition(this.#list, type);
  }

  /** `renew` updates `lastUpdateTime` even when status and reason stay. */
  set(condition: { type: string; status: string; reason: string; message: string }, options = { renew: false }): void {
    const present = this.find(condition.type);
    const isSameStatus = present?.status === condition.status;
    if (present !== undefined && isSameStatus && present.reason === condition.reason && !options.renew) return;
    const since = isSameStatus ? (present.lastTransitionTime ?? this.#now) : this.#now;
    const next: DeploymentCondition = { ...condition, lastUpdateTime: this.#now, lastTransitionTime: since };
    this.#list = [...removeCondition(this.#list, condition.type), next];
  }
}

/**
 * "These conditions are needed so that we won't accidentally report lack of progress for resumed deployments that were
 * paused for longer than progressDeadlineSeconds" (sync.go). A deadline that passed before the pause stays reported.
 */
function markPause(conditions: Conditions, { spec }: Resolved): void {
  if (spec.progressDeadlineSeconds === undefined) return;
  const reason = conditions.find('Progressing')?.reason;
  if (reason === 'ProgressDeadlineExceeded') return;
  const type = 'Progressing';
  if (spec.paused && reason !== 'DeploymentPaused') {
    conditions.set({ type, status: 'Unknown', reason: 'DeploymentPaused', message: 'Deployment is paused' });
  }
  if (!spec.paused && reason === 'DeploymentPaused') {
    conditions.set({ type, status: 'Unknown', reason: 'DeploymentResumed', message: 'Deployment is resumed' });
  }
}

function markNewReplicaSet(conditions: Conditions, snapshot: Resolved): void {
  const { spec, creation, newReplicaSet } = snapshot;
  const type = 'Progressing';
  if (creation?.type === 'failed') {
    const message = `Failed to create new replica set "${creation.name}": ${creation.message}`;
    return conditions.set({ type, status: 'False', reason: 'ReplicaSetCreateError', message });
  }
  if (spec.progressDeadlineSeconds === undefined || newReplicaSet === undefined) return;
  if (creation?.type === 'created') {
    const message = `Created new replica set "${newReplicaSet.metadata.name}"`;
    return conditions.set({ type, status: 'True', reason: 'NewReplicaSetCreated', message });
  }
  if (conditions.find(type) !== undefined) return;
  const message = `Found new replica set "${newReplicaSet.metadata.name}"`;
  conditions.set({ type, status: 'True', reason: 'FoundNewReplicaSet', message });
}

/**
 * "Available means the deployment is available, ie. at least the minimum available replicas required are up and
 * running" (apps/v1).
 */
function markAvailability(conditions: Conditions, spec: RolloutSpec, available: number): void {
  const type = 'Available';
  if (available >= spec.minAvailable) {
    const message = 'Deployment has minimum availability.';
    conditions.set({ type, status: 'True', reason: 'MinimumReplicasAvailable', message });
    return;
  }
  const message = 'Deployment does not have minimum availability.';
  conditions.set({ type, status: 'False', reason: 'MinimumReplicasUnavailable', message });
}

/**
 * "Progressing means the deployment is progressing. Progress for a deployment is considered when a new replica set is
 * created or adopted, and when new pods scale up or old pods scale down. Progress is not estimated for paused
 * deployments or when progressDeadlineSeconds is not specified" (apps/v1).
 */
function judgeProgress(conditions: Conditions, snapshot: Resolved, counts: ReplicaCounts): void {
  const { deployment, spec, newReplicaSet } = snapshot;
  const type = 'Progressing';
  if (spec.progressDeadlineSeconds === undefined) return conditions.remove(type);
  const current = conditions.find(type);
  const isSettled = counts.replicas === counts.updatedReplicas && current?.reason === 'NewReplicaSetAvailable';
  if (isSettled || snapshot.creation?.type === 'failed') return;
  const subject =
    newReplicaSet === undefined
      ? `Deployment "${deployment.metadata.name}"`
      : `ReplicaSet "${newReplicaSet.metadata.name}"`;
  if (isComplete(spec, counts)) {
    const message = `${subject} has successfully progressed.`;
    conditions.set({ type, status: 'True', reason: 'NewReplicaSetAvailable', message });
  } else if (hasProgressed(deployment.status ?? {}, counts)) {
    const message = `${subject} is progressing.`;
    conditions.set({ type, status: 'True', reason: 'ReplicaSetUpdated', message }, { renew: true });
  } else if (isTimedOut(current, spec.progressDeadlineSeconds, snapshot.nowMs)) {
    const message = `${subject} has timed out progressing.`;
    conditions.set({ type, status: 'False', reason: 'ProgressDeadlineExceeded', message });
  }
}

/** All replicas are of the new template and available, and no old ones are left. */
function isComplete(spec: RolloutSpec, counts: ReplicaCounts): boolean {
  return (
    counts.updatedReplicas === spec.replicas &&
    counts.replicas === spec.replicas &&
    counts.availableReplicas === spec.replicas
  );
}

/** Whether the status that is recorded says that the rollout is complete and belongs to the present generation. */
export function isDeploymentComplete(deployment: Deployment, spec: RolloutSpec): boolean {
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0, observedGeneration = 0 } = deployment.status ?? {};
  const isCurrent = observedGeneration >= (deployment.metadata.generation ?? 0);
  const isAll = [replicas, updatedReplicas, availableReplicas].every((count) => count === spec.replicas);
  return isCurrent && isAll;
}

function hasProgressed(before: DeploymentStatus, counts: ReplicaCounts): boolean {
  const oldBefore = (before.replicas ?? 0) - (before.updatedReplicas ?? 0);
  return (
    counts.updatedReplicas > (before.updatedReplicas ?? 0) ||
    counts.replicas - counts.updatedReplicas < oldBefore ||
    counts.readyReplicas > (before.readyReplicas ?? 0) ||
    counts.availableReplicas > (before.availableReplicas ?? 0)
  );
}

/** "The maximum time in seconds for a deployment to make progress before it is considered to be failed" (apps/v1). */
function isTimedOut(current: DeploymentCondition | undefined, deadlineSeconds: number, nowMs: number): boolean {
  if (current === undefined || current.reason === 'NewReplicaSetAvailable') return false;
  if (current.reason === 'ProgressDeadlineExceeded') return true;
  const since = parseTime(current.lastUpdateTime);
  return since !== undefined && since + deadlineSeconds * 1000 < nowMs;
}

/** Failures of the new ReplicaSet come before those of old ones; only one is shown. */
function markReplicaFailure(conditions: Conditions, { replicaSets, newReplicaSet }: Resolved): void {
  const sets = newReplicaSet === undefined ? replicaSets : [newReplicaSet, ...replicaSets];
  for (const set of sets) {
    const failure = findCondition(set.status?.conditions, 'ReplicaFailure');
    if (failure === undefined) continue;
    const { type, status, reason = '', message = '' } = failure;
    return conditions.set({ type, status, reason, message });
  }
  conditions.remove('ReplicaFailure');
}

/** One second is added because stored times have whole seconds. */
function deadlineInMs(
  conditions: Conditions,
  { spec, nowMs, judgeProgress }: Resolved,
  counts: ReplicaCounts,
): number | undefined {
  const current = conditions.find('Progressing');
  const deadlineSeconds = spec.progressDeadlineSeconds;
  if (!judgeProgress || deadlineSeconds === undefined || current === undefined || isComplete(spec, counts)) return;
  if (current.reason === 'ProgressDeadlineExceeded' || current.reason === 'NewReplicaSetAvailable') return;
  const since = parseTime(current.lastUpdateTime) ?? nowMs;
  return Math.max(0, since + deadlineSeconds * 1000 - nowMs) + 1000;
}
