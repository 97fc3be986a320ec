import { type ApiError, isApiError } from '../../api/api-error.ts';
import { formatTime } from '../../lib/clock.ts';
import { findCondition, removeCondition } from '../../objects/index.ts';
import type { ReplicaSet } from '../../objects/types.ts';
import { isNamespaceTerminating } from '../manager/namespace-terminating.ts';

/** Why the last change of a workload's pods was refused. */
export interface RefusedChange {
  readonly reason: 'FailedCreate' | 'FailedDelete';
  /** As the event says it. */
  readonly event: string;
  readonly cause: ApiError;
}

/**
 * Carries actions out until one is refused, and says which.
 *
 * "The number of creations is slow-started: batches of 1, 2, 4, … so that a failure which hits all of them is tried
 * once" (slowStartBatch). Here they are made one after the other in one transaction, so the first refusal ends the
 * reconcile at once: what was created before it stays, nothing behind it is tried, and a workload whose pods are
 * refused costs one attempt per retry. "If the namespace is being terminated, we don't have to do anything because any
 * creation will fail" (replica_set.go): then it ends without a word.
 */
export function applyUntilRefused<A>(
  actions: readonly A[],
  apply: (action: A) => void,
): { readonly action: A; readonly cause: ApiError } | undefined {
  for (const action of actions) {
    try {
      apply(action);
    } catch (error) {
      if (!isApiError(error)) throw error;
      return isNamespaceTerminating(error) ? undefined : { action, cause: error };
    }
  }
  return undefined;
}

/** In the words of the pod control that ReplicaSets, DaemonSets and Jobs share (controller_utils). */
export function refusedChange(cause: ApiError, { isCreation }: { readonly isCreation: boolean }): RefusedChange {
  return isCreation
    ? { reason: 'FailedCreate', event: `Error creating: ${cause.message}`, cause }
    : { reason: 'FailedDelete', event: `Error deleting: ${cause.message}`, cause };
}

/** Of one form with those of StatefulSets and DaemonSets. */
type ReplicaCondition = NonNullable<NonNullable<ReplicaSet['status']>['conditions']>[number];

/**
 * "ReplicaFailure is added in a replica set when one of its pods fails to be created due to insufficient quota, limit
 * ranges, pod security policy, node selectors, etc. or deleted due to kubelet being down or finalizers are failing"
 * (apps/v1). The first failure stays until a change goes well. StatefulSets and DaemonSets have a list of conditions,
 * too, and Kubernetes writes none: there the cause would be in events alone, which no health can be told by.
 */
export function withReplicaFailure(
  current: readonly ReplicaCondition[] | undefined,
  refused: RefusedChange | undefined,
  nowMs: number,
): ReplicaCondition[] {
  const type = 'ReplicaFailure';
  if (refused === undefined) return [...removeCondition(current, type)];
  if (current !== undefined && findCondition(current, type) !== undefined) return [...current];
  const { reason, cause } = refused;
  const lastTransitionTime = formatTime(nowMs);
  return [...(current ?? []), { type, status: 'True', lastTransitionTime, reason, message: cause.message }];
}
