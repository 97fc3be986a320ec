import type { MetricSample } from '../../api/metrics.ts';
import { parseTime } from '../../lib/clock.ts';
import { findCondition, isSidecar, parseQuantity, quantityMilliValue } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';
import type { Tolerances } from './scaling-behavior.ts';

/**
 * How many replicas a metric asks for, as `replica_calculator.go` counts them. All pure; values are thousandths.
 */

/** "--horizontal-pod-autoscaler-cpu-initialization-period: 5 minutes by default." */
const CPU_INITIALIZATION_MS = 300_000;
/** "--horizontal-pod-autoscaler-initial-readiness-delay: 30 seconds by default." */
const INITIAL_READINESS_MS = 30_000;

export type Samples = ReadonlyMap<string, MetricSample>;

/** A count that a metric proposes, with what the status says of it; or why there is none. */
export type ReplicaCount =
  | { readonly replicas: number; readonly milliAverage: number; readonly utilization?: number }
  | { readonly failure: string };

export interface PodsQuestion {
  /** Those that the scale's selector matches. */
  readonly pods: readonly Pod[];
  readonly samples: Samples;
  readonly currentReplicas: number;
  readonly tolerances: Tolerances;
  readonly nowMs: number;
}

/**
 * From the share of what the pods request that they use, in percent. "desiredReplicas = ceil[currentReplicas ×
 * (currentMetricValue / desiredMetricValue)]".
 */
export function countByUtilization(
  question: PodsQuestion & {
    readonly resource: string;
    /** Only this container's request and use, for a `ContainerResource` metric. */
    readonly container?: string;
    readonly targetPercent: number;
  },
): ReplicaCount {
  const { pods, resource, container, targetPercent } = question;
  if (pods.length === 0) return NO_PODS;
  const grouped = groupPods(question, resource);
  if (grouped.values.size === 0) return NO_READY_METRICS;
  const requests = requestsOf(pods, resource, container);
  if ('failure' in requests) return requests;
  const ratioOf = (values: ReadonlyMap<string, number>) => utilizationOf(values, requests.byPod, targetPercent);
  const first = ratioOf(grouped.values);
  if (first === undefined) return { failure: 'no metrics returned matched known pods' };
  // "On a scale-down, pods without metrics are treated as using 100 % of the request" (more where the target is
  // higher).
  const assumed = (name: string) => Math.floor(((requests.byPod.get(name) ?? 0) * Math.max(100, targetPercent)) / 100);
  const replicas = settleCount(question, grouped, { first: first.ratio, assumed, ratioOf: (v) => ratioOf(v)?.ratio });
  return { replicas, milliAverage: first.milliAverage, utilization: first.percent };
}

/** From the average over the pods: a resource's or a custom metric's. */
export function countByAverage(
  question: PodsQuestion & { readonly resource: string | undefined; readonly targetMilli: number },
): ReplicaCount {
  const { pods, resource, targetMilli } = question;
  if (pods.length === 0) return NO_PODS;
  const grouped = groupPods(question, resource);
  if (grouped.values.size === 0) return NO_READY_METRICS;
  const averageOf = (values: ReadonlyMap<string, number>) => Math.floor(sum(values) / values.size);
  const ratioOf = (values: ReadonlyMap<string, number>) => averageOf(values) / targetMilli;
  const assumed = () => targetMilli;
  const replicas = settleCount(question, grouped, { first: ratioOf(grouped.values), assumed, ratioOf });
  return { replicas, milliAverage: averageOf(grouped.values) };
}

/** From one value for all pods together, against a target for all of them. */
export function countByValue(question: {
  readonly pods: readonly Pod[];
  readonly currentReplicas: number;
  readonly tolerances: Tolerances;
  readonly milliValue: number;
  readonly targetMilli: number;
}): ReplicaCount {
  const { pods, currentReplicas, tolerances, milliValue, targetMilli } = question;
  const ratio = milliValue / targetMilli;
  // "For currentReplicas = 0 ready pods and tolerance are not taken into account, to support scaling to zero pods."
  if (currentReplicas === 0) return { replicas: Math.ceil(ratio), milliAverage: milliValue };
  if (isTolerable(ratio, tolerances)) return { replicas: currentReplicas, milliAverage: milliValue };
  if (pods.length === 0) return { failure: `unable to calculate ready pods: ${NO_PODS.failure}` };
  const ready = pods.filter(
    ({ status }) => status?.phase === 'Running' && findCondition(status.conditions, 'Ready')?.status === 'True',
  );
  return { replicas: Math.ceil(ratio * ready.length), milliAverage: milliValue };
}

/** From one value for all pods together, against a target for each of them. */
export function countByValuePerPod(question: {
  readonly statusReplicas: number;
  readonly tolerances: Tolerances;
  readonly milliValue: number;
  readonly targetMilli: number;
}): ReplicaCount {
  const { statusReplicas, tolerances, milliValue, targetMilli } = question;
  const ratio = milliValue / (targetMilli * statusReplicas);
  const replicas = isTolerable(ratio, tolerances) ? statusReplicas : Math.ceil(milliValue / targetMilli);
  return { replicas, milliAverage: statusReplicas === 0 ? 0 : Math.ceil(milliValue / statusReplicas) };
}

const NO_PODS = { failure: 'no pods returned by selector while calculating replica count' };
const NO_READY_METRICS = { failure: 'did not receive metrics for targeted pods (pods might be unready)' };

interface GroupedPods {
  /** Of the pods that count. */
  readonly values: ReadonlyMap<string, number>;
  /** Names of pods that run and of which nothing is known. */
  readonly missing: readonly string[];
  /** Names of pods that are set aside until they are ready. */
  readonly unready: readonly string[];
}

/**
 * "All Pods with a deletion timestamp set (in the process of being shut down) are ignored, and all failed Pods are
 * discarded. If a particular Pod is missing metrics, it is set aside for later. When scaling on CPU, if any pod has yet
 * to become ready, or the most recent metric point for the pod was before it became ready, that pod is set aside as
 * well" (Horizontal Pod Autoscaling).
 */
function groupPods({ pods, samples, nowMs }: PodsQuestion, resource: string | undefined): GroupedPods {
  const values = new Map<string, number>();
  const missing: string[] = [];
  const unready: string[] = [];
  for (const pod of pods) {
    const { name, deletionTimestamp } = pod.metadata;
    if (deletionTimestamp !== undefined || pod.status?.phase === 'Failed') continue;
    if ((pod.status?.phase ?? 'Pending') === 'Pending') {
      unready.push(name);
      continue;
    }
    const sample = samples.get(name);
    if (sample === undefined) missing.push(name);
    else if (resource === 'cpu' && isStillStarting(pod, sample, nowMs)) unready.push(name);
    else values.set(name, sample.milliValue);
  }
  return { values, missing, unready };
}

/**
 * While the initialization period of the pod lasts: when it is not ready, or no whole window was measured since it
 * changed. Later: when it is not ready and never was, which "the initial readiness delay" tells from one that has
 * become unready (groupPods).
 */
function isStillStarting({ status }: Pod, sample: MetricSample, nowMs: number): boolean {
  const ready = findCondition(status?.conditions, 'Ready');
  const startedMs = parseTime(status?.startTime);
  if (ready === undefined || startedMs === undefined) return true;
  const changedMs = parseTime(ready.lastTransitionTime) ?? 0;
  if (startedMs + CPU_INITIALIZATION_MS > nowMs)
    return ready.status === 'False' || sample.timestampMs < changedMs + sample.windowMs;
  return ready.status === 'False' && startedMs + INITIAL_READINESS_MS > changedMs;
}

interface Ratios {
  /** Of the pods that count, without those that are set aside. */
  readonly first: number;
  /** What a pod without metrics is taken to use when the scale would go down. */
  readonly assumed: (name: string) => number;
  readonly ratioOf: (values: ReadonlyMap<string, number>) => number | undefined;
}

/**
 * "If there were any missing metrics, the control plane recomputes the average more conservatively, assuming those pods
 * were consuming 100 % of the desired value in case of a scale down, and 0 % in case of a scale up. If any
 * not-yet-ready pods were present, and the workload would have scaled up without factoring them in, the controller
 * conservatively assumes that they are consuming 0 %. If the new ratio reverses the scale direction, or is within the
 * tolerance, the controller doesn't take any scaling action."
 */
function settleCount(question: PodsQuestion, grouped: GroupedPods, { first, assumed, ratioOf }: Ratios): number {
  const { currentReplicas, tolerances } = question;
  const { missing } = grouped;
  const unready = first > 1 ? grouped.unready : [];
  if (unready.length === 0 && missing.length === 0) {
    return isTolerable(first, tolerances) ? currentReplicas : Math.ceil(first * grouped.values.size);
  }
  const values = new Map(grouped.values);
  if (first !== 1) for (const name of missing) values.set(name, first < 1 ? assumed(name) : 0);
  for (const name of unready) values.set(name, 0);
  const second = ratioOf(values) ?? first;
  if (isTolerable(second, tolerances) || (first < 1 && second > 1) || (first > 1 && second < 1)) return currentReplicas;
  const replicas = Math.ceil(second * values.size);
  // "Return the current replicas if the change of metrics length would cause a change in scale direction."
  const isReversed = second < 1 ? replicas > currentReplicas : replicas < currentReplicas;
  return isReversed ? currentReplicas : replicas;
}

/** From 0.9 to 1.1, both included, where nothing else is said (Tolerances.isWithin). */
function isTolerable(ratio: number, { up, down }: Tolerances): boolean {
  return 1 - down <= ratio && ratio <= 1 + up;
}

/** Use over requests of the pods of which both are known, in whole percent. */
function utilizationOf(
  values: ReadonlyMap<string, number>,
  requests: ReadonlyMap<string, number>,
  targetPercent: number,
): { readonly ratio: number; readonly percent: number; readonly milliAverage: number } | undefined {
  let used = 0;
  let requested = 0;
  let count = 0;
  for (const [name, value] of values) {
    const request = requests.get(name);
    if (request === undefined) continue;
    used += value;
    requested += request;
    count++;
  }
  if (requested === 0) return undefined;
  const percent = Math.floor((used * 100) / requested);
  return { ratio: percent / targetPercent, percent, milliAverage: Math.floor(used / count) };
}

/**
 * "If some of the Pod's containers do not have the relevant resource request set, utilization will not be defined" (all
 * pods are asked).
 */
function requestsOf(
  pods: readonly Pod[],
  resource: string,
  only: string | undefined,
): { readonly byPod: ReadonlyMap<string, number> } | { readonly failure: string } {
  const byPod = new Map<string, number>();
  for (const { metadata, spec } of pods) {
    const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? []).filter(isSidecar)];
    const counted = only === undefined ? containers : containers.filter(({ name }) => name === only);
    if (only !== undefined && counted.length === 0) {
      return { failure: `container ${only} not found in Pod ${metadata.name}` };
    }
    let total = 0;
    for (const { name, resources } of counted) {
      const request = resources?.requests?.[resource] ?? resources?.limits?.[resource];
      if (request === undefined) {
        return { failure: `missing request for ${resource} in container ${name} of Pod ${metadata.name}` };
      }
      total += quantityMilliValue(parseQuantity(request));
    }
    byPod.set(metadata.name, total);
  }
  return { byPod };
}

function sum(values: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const value of values.values()) total += value;
  return total;
}
