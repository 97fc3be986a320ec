import { formatTime } from '../../lib/clock.ts';
import { setCondition } from '../../objects/index.ts';
import type { HorizontalPodAutoscaler, Pod } from '../../objects/types.ts';
import { limitReplicas } from './limit-replicas.ts';
import {
  type MetricProposal,
  type MetricReading,
  type MetricSpec,
  type MetricStatus,
  proposeReplicas,
} from './propose-replicas.ts';
import { behaviorOf, type ScalingBehavior, tolerancesOf } from './scaling-behavior.ts';
import { rememberChange, rememberRecommendation, type ScalingMemory } from './scaling-memory.ts';

export type AutoscalerStatus = NonNullable<HorizontalPodAutoscaler['status']>;
type AutoscalerCondition = NonNullable<AutoscalerStatus['conditions']>[number];

/** The scale subresource of the target. */
export interface TargetScale {
  readonly replicas: number;
  readonly statusReplicas: number;
  /** In text form; empty when it has none. */
  readonly selector: string;
}

export interface AutoscalerSnapshot {
  readonly autoscaler: HorizontalPodAutoscaler;
  readonly target: TargetScale | { readonly failure: string };
  /** Those that the scale's selector matches, sorted by name. */
  readonly pods: readonly Pod[];
  /** One for each metric of the spec, in its order. */
  readonly readings: readonly MetricReading[];
  /**
   * `namespace/name` of all autoscalers that want some of the same pods, this one among them; empty when it is alone.
   */
  readonly rivals: readonly string[];
  readonly memory: ScalingMemory;
  /** Wall time. */
  readonly nowMs: number;
  readonly monotonicMs: number;
}

export interface AutoscalerEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export interface AutoscalerActions {
  /** The new count, and why, as the event says it; `undefined`: the count stays. */
  readonly rescale: { readonly from: number; readonly to: number; readonly reason: string } | undefined;
  readonly events: readonly AutoscalerEvent[];
  readonly status: AutoscalerStatus;
  readonly memory: ScalingMemory;
}

/** The status while it is being worked out. */
interface Draft {
  readonly snapshot: AutoscalerSnapshot;
  readonly events: AutoscalerEvent[];
  conditions: readonly AutoscalerCondition[];
  memory: ScalingMemory;
  /** What could be read although the metrics do not tell; `undefined` while they were not asked. */
  incomplete: readonly MetricStatus[] | undefined;
}

interface Decision {
  readonly desiredReplicas: number;
  readonly rescaleReason: string;
  /** What was read now; `undefined` where metrics were not asked. */
  readonly metrics: readonly MetricStatus[] | undefined;
}

/**
 * How many replicas the target of an autoscaler should have. "The HorizontalPodAutoscaler controller fetches metrics
 * and adjusts the desired scale of its target to match the observed metrics" (reconcileAutoscaler).
 */
export function computeHorizontalPodAutoscaler(snapshot: AutoscalerSnapshot): AutoscalerActions {
  const { autoscaler, target, memory } = snapshot;
  const conditions = autoscaler.status?.conditions ?? [];
  const draft: Draft = { snapshot, events: [], conditions, memory, incomplete: undefined };
  if ('failure' in target) {
    warn(draft, 'FailedGetScale', target.failure);
    const message = `the HPA controller was unable to get the target's current scale: ${target.failure}`;
    set(draft, 'AbleToScale', 'False', 'FailedGetScale', message);
    return finish(draft, undefined, autoscaler.status?.currentReplicas ?? 0, undefined);
  }
  set(
    draft,
    'AbleToScale',
    'True',
    'SucceededGetScale',
    "the HPA controller was able to get the target's current scale",
  );
  recordInitialRecommendation(draft, target.replicas);
  const decision = decide(draft, target);
  if (decision === undefined) return finish(draft, undefined, target.replicas, undefined);
  return carryOut(draft, target, decision);
}

/** "AbleToScale: False, FailedUpdateScale", when the target refuses the new count: nothing of it is remembered. */
export function computeRefusedRescale(
  snapshot: AutoscalerSnapshot,
  { rescale, status }: AutoscalerActions,
  error: string,
): Pick<AutoscalerActions, 'events' | 'status'> {
  const message = `New size: ${rescale?.to}; reason: ${rescale?.reason}; error: ${error}`;
  const condition = {
    type: 'AbleToScale',
    status: 'False',
    reason: 'FailedUpdateScale',
    message: `the HPA controller was unable to update the target scale: ${error}`,
  };
  const before = snapshot.autoscaler.status;
  return {
    events: [{ type: 'Warning', reason: 'FailedRescale', message }],
    status: {
      ...status,
      desiredReplicas: before?.desiredReplicas ?? 0,
      ...(before?.lastScaleTime === undefined ? {} : { lastScaleTime: before.lastScaleTime }),
      conditions: [...setCondition(status.conditions, condition, snapshot.nowMs)],
    },
  };
}

/** `undefined`: the metrics do not tell; the conditions say why. */
function decide(draft: Draft, target: TargetScale): Decision | undefined {
  const { spec } = draft.snapshot.autoscaler;
  const minReplicas = spec?.minReplicas ?? 1;
  const maxReplicas = spec?.maxReplicas ?? minReplicas;
  const { replicas } = target;
  if (replicas === 0 && minReplicas !== 0) {
    const message = 'scaling is disabled since the replica count of the target is zero';
    set(draft, 'ScalingActive', 'False', 'ScalingDisabled', message);
    return { desiredReplicas: replicas, rescaleReason: '', metrics: undefined };
  }
  if (replicas > maxReplicas) {
    const rescaleReason = 'Current number of replicas above Spec.MaxReplicas';
    return { desiredReplicas: maxReplicas, rescaleReason, metrics: undefined };
  }
  if (replicas < minReplicas) {
    const rescaleReason = 'Current number of replicas below Spec.MinReplicas';
    return { desiredReplicas: minReplicas, rescaleReason, metrics: undefined };
  }
  const asked = askMetrics(draft, target);
  if (asked === undefined) return undefined;
  const rescaleReason = asked.replicas > replicas ? `${asked.metricName} above target` : 'All metrics below target';
  const limits = { currentReplicas: replicas, desiredReplicas: asked.replicas, minReplicas, maxReplicas };
  return { desiredReplicas: limit(draft, limits), rescaleReason, metrics: asked.statuses };
}

/**
 * "If multiple metrics are specified, the desired count is evaluated for each of them and the largest is chosen. If any
 * of these metrics cannot be converted into a desired replica count and a scale down is suggested by those which can be
 * fetched, scaling is skipped: the HPA is still capable of scaling up if one or more metrics give a value greater than
 * the current" (Horizontal Pod Autoscaling; computeReplicasForMetrics).
 */
function askMetrics(draft: Draft, target: TargetScale) {
  const { autoscaler, readings, rivals, pods, nowMs } = draft.snapshot;
  // Kubernetes writes an entry without a type for each metric that it could not read (computeReplicasForMetrics); here
  // it is left out.
  draft.incomplete = [];
  const specs = autoscaler.spec?.metrics ?? [];
  if (target.selector === '') {
    const message = "the HPA target's scale is missing a selector";
    return refuseTarget(
      draft,
      { event: 'SelectorRequired', reason: 'InvalidSelector', message },
      'selector is required',
    );
  }
  if (rivals.length > 1) {
    const error = `pods by selector ${target.selector} are controlled by multiple HPAs: [${rivals.join(' ')}]`;
    const reason = 'AmbiguousSelector';
    return refuseTarget(draft, { event: reason, reason, message: error }, error);
  }
  const question = {
    namespace: autoscaler.metadata.namespace ?? '',
    currentReplicas: target.replicas,
    statusReplicas: target.statusReplicas,
    pods,
    tolerances: tolerancesOf(autoscaler.spec?.behavior),
    nowMs,
  };
  const proposals = specs.map((spec: MetricSpec, index) =>
    proposeReplicas(question, spec, readings[index] ?? { type: 'failure', message: 'it was not read' }),
  );
  const failures = proposals.filter((proposal) => 'error' in proposal);
  const valid = proposals.filter((proposal) => 'replicas' in proposal);
  for (const { reason, message } of failures) warn(draft, reason, message);
  const highest = valid.reduce<(typeof valid)[number] | undefined>(
    (best, one) => (best === undefined || one.replicas > best.replicas ? one : best),
    undefined,
  );
  const [failure] = failures;
  const statuses = valid.map(({ status }) => status);
  if (highest === undefined || (failure !== undefined && highest.replicas < target.replicas)) {
    draft.incomplete = statuses;
    return skipScaling(draft, proposals, failure);
  }
  const message = `the HPA was able to successfully calculate a replica count from ${highest.metricName}`;
  set(draft, 'ScalingActive', 'True', 'ValidMetricFound', message);
  return { replicas: highest.replicas, metricName: highest.metricName, statuses };
}

function skipScaling(
  draft: Draft,
  proposals: readonly MetricProposal[],
  failure: Extract<MetricProposal, { error: string }> | undefined,
): undefined {
  const count = proposals.filter((proposal) => 'error' in proposal).length;
  const message = `the HPA was unable to compute the replica count: ${failure?.message ?? 'there are no metrics'}`;
  set(draft, 'ScalingActive', 'False', failure?.reason ?? 'InvalidMetricSourceType', message);
  const error = `invalid metrics (${count} invalid out of ${proposals.length}), first error is: ${failure?.error ?? ''}`;
  warn(draft, 'FailedComputeMetricsReplicas', error);
  return undefined;
}

function refuseTarget(
  draft: Draft,
  { event, reason, message }: { readonly event: string; readonly reason: string; readonly message: string },
  error: string,
): undefined {
  warn(draft, event, error);
  set(draft, 'ScalingActive', 'False', reason, message);
  warn(draft, 'FailedComputeMetricsReplicas', error);
  return undefined;
}

function limit(
  draft: Draft,
  limits: Pick<
    Parameters<typeof limitReplicas>[0],
    'currentReplicas' | 'desiredReplicas' | 'minReplicas' | 'maxReplicas'
  >,
): number {
  const { monotonicMs } = draft.snapshot;
  const behavior = behaviorIn(draft.snapshot);
  const limited = limitReplicas({ ...limits, behavior, memory: draft.memory, monotonicMs });
  draft.memory = limited.memory;
  set(draft, 'AbleToScale', 'True', limited.able.reason, limited.able.message);
  set(
    draft,
    'ScalingLimited',
    limited.limited.isLimited ? 'True' : 'False',
    limited.limited.reason,
    limited.limited.message,
  );
  return limited.replicas;
}

function carryOut(draft: Draft, { replicas }: TargetScale, decision: Decision): AutoscalerActions {
  const { desiredReplicas, rescaleReason, metrics } = decision;
  if (desiredReplicas === replicas) return finish(draft, undefined, replicas, { desiredReplicas, metrics });
  const { monotonicMs } = draft.snapshot;
  const message = `the HPA controller was able to update the target scale to ${desiredReplicas}`;
  set(draft, 'AbleToScale', 'True', 'SucceededRescale', message);
  const text = `New size: ${desiredReplicas}; reason: ${rescaleReason}`;
  draft.events.push({ type: 'Normal', reason: 'SuccessfulRescale', message: text });
  const behavior = behaviorIn(draft.snapshot);
  if (behavior !== undefined) {
    const periods = [...behavior.up.policies, ...behavior.down.policies].map(({ periodSeconds }) => periodSeconds);
    const change = { from: replicas, to: desiredReplicas, atMs: monotonicMs };
    draft.memory = rememberChange(draft.memory, change, Math.max(...periods) * 1000);
  }
  const rescale = { from: replicas, to: desiredReplicas, reason: rescaleReason };
  return finish(draft, rescale, replicas, { desiredReplicas, metrics });
}

function finish(
  { snapshot, events, conditions, memory, incomplete }: Draft,
  rescale: AutoscalerActions['rescale'],
  currentReplicas: number,
  decided: { readonly desiredReplicas: number; readonly metrics: readonly MetricStatus[] | undefined } | undefined,
): AutoscalerActions {
  const before = snapshot.autoscaler.status;
  const lastScaleTime = rescale === undefined ? before?.lastScaleTime : formatTime(snapshot.nowMs);
  const currentMetrics = decided === undefined ? (incomplete ?? before?.currentMetrics) : decided.metrics;
  const status: AutoscalerStatus = {
    currentReplicas,
    desiredReplicas: decided?.desiredReplicas ?? before?.desiredReplicas ?? 0,
    ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
    ...(currentMetrics === undefined || currentMetrics.length === 0 ? {} : { currentMetrics: [...currentMetrics] }),
    conditions: [...conditions],
  };
  return { rescale, events, status, memory };
}

/**
 * "The present count is the first recommendation", so that a restart does not scale down at once
 * (recordInitialRecommendation).
 */
function recordInitialRecommendation(draft: Draft, replicas: number): void {
  if (draft.memory.recommendations.length > 0) return;
  const recommendation = { atMs: draft.snapshot.monotonicMs, replicas };
  draft.memory = rememberRecommendation(draft.memory, recommendation, 0);
}

function behaviorIn({ autoscaler }: AutoscalerSnapshot): ScalingBehavior | undefined {
  const behavior = autoscaler.spec?.behavior;
  return behavior === undefined ? undefined : behaviorOf(behavior);
}

function set(draft: Draft, type: string, status: 'True' | 'False', reason: string, message: string): void {
  draft.conditions = setCondition(draft.conditions, { type, status, reason, message }, draft.snapshot.nowMs);
}

function warn(draft: Draft, reason: string, message: string): void {
  draft.events.push({ type: 'Warning', reason, message });
}
