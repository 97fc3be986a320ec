import { formatTime } from '../../lib/clock.ts';
import { findCondition, isPodReady, isPodTerminal, setCondition } from '../../objects/index.ts';
import { matcherOfSelector } from '../../objects/label-selector.ts';
import type { Pod, PodDisruptionBudget } from '../../objects/types.ts';
import { ApiError } from '../api-error.ts';
import type { Client, DeleteOptions, ObjectName } from '../client.ts';

type BudgetStatus = NonNullable<PodDisruptionBudget['status']>;
type BudgetCondition = NonNullable<BudgetStatus['conditions']>[number];

const MORE_THAN_ONE =
  'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
const CANNOT = "Cannot evict pod as it would violate the pod's disruption budget.";
const RETRY_SECONDS = 10;

/**
 * "The Eviction API: creates an Eviction object, which is like performing a policy-controlled DELETE operation on the
 * Pod. 200 OK: the eviction is allowed; 429 Too Many Requests: not currently allowed because of the configured
 * PodDisruptionBudget; 500: there is a misconfiguration, such as multiple PodDisruptionBudgets that reference the same
 * Pod" (API-initiated eviction, kubernetes.io). Everything happens in one transaction.
 */
export function evictPod(client: Client, name: ObjectName, nowMs: number, options: DeleteOptions = {}): void {
  client.transaction(() => {
    const reference = { apiVersion: 'v1', kind: 'Pod', ...name };
    const pod = client.get('Pod', name);
    if (pod !== undefined && !isUnguarded(pod)) spendBudget(client, pod, nowMs, options.dryRun === true);
    if (pod === undefined || options.dryRun === true || pod.metadata.deletionTimestamp !== undefined) {
      client.delete(reference, options);
      return;
    }
    // What the client demands is meant of the pod as it knows it: "bump the resource version, since we are the one who
    // modified it" (addConditionAndDeletePod).
    client.delete(reference, { ...options, dryRun: true });
    markEvicted(client, pod, nowMs);
    const { uid } = options.preconditions ?? {};
    client.delete(reference, { ...options, preconditions: uid === undefined ? {} : { uid } });
  });
}

/** "Pods that are terminal, pending or being deleted do not count towards a budget" (canIgnorePDB). */
function isUnguarded(pod: Pod): boolean {
  return isPodTerminal(pod) || pod.status?.phase === 'Pending' || pod.metadata.deletionTimestamp !== undefined;
}

function spendBudget(client: Client, pod: Pod, nowMs: number, isDryRun: boolean): void {
  const budgets = client
    .list('PodDisruptionBudget', { namespace: pod.metadata.namespace ?? '' })
    .filter(({ spec }) => spec?.selector !== undefined && matcherOfSelector(spec.selector)(pod.metadata.labels));
  if (budgets.length > 1) throw new ApiError('InternalError', MORE_THAN_ONE);
  const [budget] = budgets;
  if (budget === undefined || isFreeWhileUnhealthy(budget, pod)) return;
  const before = checkBudget(budget);
  if (isDryRun) return;
  const disruptionsAllowed = before.disruptionsAllowed - 1;
  const status = {
    ...before,
    disruptionsAllowed,
    ...(disruptionsAllowed > 0 ? {} : { conditions: used(before, nowMs) }),
  };
  client.updateStatus({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: budget.metadata, status });
}

/** The condition follows when the last disruption is spent (UpdateDisruptionAllowedCondition). */
function used({ conditions, observedGeneration = 0 }: BudgetStatus, nowMs: number): BudgetCondition[] {
  const reason = { type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods', message: '' } as const;
  return [...setCondition(conditions, { ...reason, observedGeneration, lastTransitionTime: formatTime(nowMs) }, nowMs)];
}

/**
 * "unhealthyPodEvictionPolicy: IfHealthyBudget (default): running pods that are not yet healthy can be evicted only if
 * the guarded application is not disrupted (currentHealthy is at least desiredHealthy); AlwaysAllow: regardless"
 * (policy/v1).
 */
function isFreeWhileUnhealthy({ spec, status }: PodDisruptionBudget, pod: Pod): boolean {
  if (isPodReady(pod)) return false;
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const desired = status?.desiredHealthy ?? 0;
  return desired > 0 && (status?.currentHealthy ?? 0) >= desired;
}

/**
 * The client is told when to try again only where the budget has not been looked at yet: with a Retry-After of its own
 * accord, client-go would wait in silence (checkAndDecrement).
 */
function checkBudget({ metadata, status }: PodDisruptionBudget): BudgetStatus {
  const { name, generation = 0 } = metadata;
  if (status === undefined || (status.observedGeneration ?? 0) < generation) {
    throw refusal(`The disruption budget ${name} is still being processed by the server.`, RETRY_SECONDS);
  }
  if (status.disruptionsAllowed > 0) return status;
  throw refusal(`The disruption budget ${name} ${whyNone(status)}`, undefined);
}

/** "Whether sync has failed is checked first, because the numbers are not trustworthy then." */
function whyNone({ conditions, currentHealthy, desiredHealthy }: BudgetStatus): string {
  const condition = findCondition(conditions, 'DisruptionAllowed');
  const message = condition?.status === 'False' ? (condition.message ?? '') : '';
  if (message !== '' && condition?.reason === 'SyncFailed') {
    return `does not allow evicting pods currently because it failed sync: ${message}`;
  }
  if (currentHealthy <= desiredHealthy) {
    return `needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  }
  return 'does not allow evicting pods currently';
}

function refusal(message: string, retryAfterSeconds: number | undefined): ApiError {
  const causes = [{ reason: 'DisruptionBudget', message }];
  return new ApiError('TooManyRequests', CANNOT, {
    kind: 'pods',
    causes,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

function markEvicted(client: Client, pod: Pod, nowMs: number): void {
  const condition = {
    ...{ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' },
    message: 'Eviction API: evicting',
  };
  const conditions = [...setCondition(pod.status?.conditions, condition, nowMs)];
  client.updateStatus({ ...pod, status: { ...pod.status, conditions } });
}
