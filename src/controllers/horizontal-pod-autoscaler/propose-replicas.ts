import type { MetricSample } from '../../api/metrics.ts';
import { formatQuantity, type LabelSelector, parseQuantity, quantityMilliValue } from '../../objects/index.ts';
import type { HorizontalPodAutoscaler, Pod } from '../../objects/types.ts';
import {
  countByAverage,
  countByUtilization,
  countByValue,
  countByValuePerPod,
  type ReplicaCount,
} from './count-replicas.ts';
import type { Tolerances } from './scaling-behavior.ts';

type Spec = NonNullable<HorizontalPodAutoscaler['spec']>;
type Status = NonNullable<HorizontalPodAutoscaler['status']>;
export type MetricSpec = NonNullable<Spec['metrics']>[number];
export type MetricStatus = NonNullable<Status['currentMetrics']>[number];
type MetricTarget = NonNullable<MetricSpec['resource']>['target'];

/** What was read of one metric. */
export type MetricReading =
  /** By the name of the pod. */
  | { readonly type: 'pods'; readonly samples: ReadonlyMap<string, MetricSample> }
  | { readonly type: 'value'; readonly milliValue: number }
  /** In the words of whoever was asked. */
  | { readonly type: 'failure'; readonly message: string };

export interface MetricQuestion {
  readonly namespace: string;
  /** Of the scale's spec and status. */
  readonly currentReplicas: number;
  readonly statusReplicas: number;
  readonly pods: readonly Pod[];
  readonly tolerances: Tolerances;
  readonly nowMs: number;
}

export type MetricProposal =
  | { readonly replicas: number; readonly metricName: string; readonly status: MetricStatus }
  | {
      /** Of the condition and the event: `FailedGetResourceMetric`. */
      readonly reason: string;
      readonly message: string;
      /** The same as the autoscaler's error says it, with what was asked for in front. */
      readonly error: string;
    };

/** What one metric asks for (computeReplicasForMetric). */
export function proposeReplicas(question: MetricQuestion, spec: MetricSpec, reading: MetricReading): MetricProposal {
  switch (spec.type) {
    case 'Resource':
    case 'ContainerResource':
      return proposeByResource(question, spec, reading);
    case 'Pods':
      return proposeByPods(question, spec, reading);
    case 'Object':
      return proposeByObject(question, spec, reading);
    case 'External':
      return proposeByExternal(question, spec, reading);
    default: {
      const message = `unknown metric source type "${spec.type}"`;
      return { reason: 'InvalidMetricSourceType', message, error: message };
    }
  }
}

function proposeByResource(question: MetricQuestion, spec: MetricSpec, reading: MetricReading): MetricProposal {
  const isContainer = spec.type === 'ContainerResource';
  const source = isContainer ? spec.containerResource : spec.resource;
  const container = spec.containerResource?.container;
  const name = source?.name ?? '';
  const target: MetricTarget = source?.target ?? { type: '' };
  const isUtilization = target.averageValue === undefined;
  const fail = (cause: string): MetricProposal => {
    const message = `failed to get ${name} ${isUtilization ? 'utilization' : 'usage'}: ${cause}`;
    const reason = isContainer ? 'FailedGetContainerResourceMetric' : 'FailedGetResourceMetric';
    const what = isContainer ? `${container} container` : `${name} resource`;
    return { reason, message, error: `failed to get ${what} metric value: ${message}` };
  };
  if (reading.type !== 'pods') return fail(`unable to get metrics for resource ${name}: ${causeOf(reading)}`);
  const asked = { ...question, samples: reading.samples, resource: name };
  const count = isUtilization
    ? countByUtilization({
        ...asked,
        targetPercent: target.averageUtilization ?? 0,
        ...(isContainer && container !== undefined ? { container } : {}),
      })
    : countByAverage({ ...asked, targetMilli: milli(target.averageValue) });
  if ('failure' in count) return fail(count.failure);
  const kind = isContainer && isUtilization ? 'container resource' : 'resource';
  const current = {
    averageValue: milliQuantity(count.milliAverage),
    ...(count.utilization === undefined ? {} : { averageUtilization: count.utilization }),
  };
  return {
    replicas: count.replicas,
    metricName: isUtilization ? `${name} ${kind} utilization (percentage of request)` : `${name} ${kind}`,
    status: isContainer
      ? { type: spec.type, containerResource: { name, container: container ?? '', current } }
      : { type: spec.type, resource: { name, current } },
  };
}

function proposeByPods(question: MetricQuestion, spec: MetricSpec, reading: MetricReading): MetricProposal {
  const { metric, target } = spec.pods ?? NO_METRIC;
  const count: ReplicaCount =
    reading.type === 'pods'
      ? countByAverage({
          ...question,
          samples: reading.samples,
          resource: undefined,
          targetMilli: milli(target.averageValue),
        })
      : { failure: `unable to get metric ${metric.name}: ${causeOf(reading)}` };
  if ('failure' in count) return failed('FailedGetPodsMetric', 'pods', count.failure);
  return {
    replicas: count.replicas,
    metricName: `pods metric ${metric.name}`,
    status: { type: spec.type, pods: { metric, current: { averageValue: milliQuantity(count.milliAverage) } } },
  };
}

function proposeByObject(question: MetricQuestion, spec: MetricSpec, reading: MetricReading): MetricProposal {
  const { metric, target, describedObject } = spec.object ?? { ...NO_METRIC, describedObject: { kind: '', name: '' } };
  // In the original's words: "unable to get metric %s: %v on %s %s/%s", the last of which is the cause.
  const place = `${describedObject.kind} on ${question.namespace} ${describedObject.name}`;
  const count = countValue(question, target, reading, `unable to get metric ${metric.name}: ${place}/`);
  if ('failure' in count) {
    const detail = isPerPod(target) ? `failed to get ${metric.name} object metric: ` : '';
    return failed('FailedGetObjectMetric', 'object', count.failure, detail);
  }
  const current = currentValue(target, count);
  return {
    replicas: count.replicas,
    metricName: isPerPod(target) ? externalName(metric) : `${describedObject.kind} metric ${metric.name}`,
    status: { type: spec.type, object: { metric, describedObject, current } },
  };
}

function proposeByExternal(question: MetricQuestion, spec: MetricSpec, reading: MetricReading): MetricProposal {
  const { metric, target } = spec.external ?? NO_METRIC;
  const place = `${question.namespace}/${metric.name}/${selectorText(metric.selector)}`;
  const count = countValue(question, target, reading, `unable to get external metric ${place}: `);
  if ('failure' in count) {
    const detail = isPerPod(target) ? `${metric.name} external metric: ` : `external metric ${metric.name}: `;
    return failed('FailedGetExternalMetric', `${metric.name} external`, count.failure, `failed to get ${detail}`);
  }
  return {
    replicas: count.replicas,
    metricName: externalName(metric),
    status: { type: spec.type, external: { metric, current: currentValue(target, count) } },
  };
}

const NO_METRIC: Pick<NonNullable<MetricSpec['external']>, 'metric' | 'target'> = {
  metric: { name: '' },
  target: { type: '' },
};

/** Against a target for all pods together, or for each of them. */
function countValue(
  { pods, currentReplicas, statusReplicas, tolerances }: MetricQuestion,
  target: MetricTarget,
  reading: MetricReading,
  failure: string,
): ReplicaCount {
  if (reading.type !== 'value') return { failure: `${failure}${causeOf(reading)}` };
  const { milliValue } = reading;
  return isPerPod(target)
    ? countByValuePerPod({ statusReplicas, tolerances, milliValue, targetMilli: milli(target.averageValue) })
    : countByValue({ pods, currentReplicas, tolerances, milliValue, targetMilli: milli(target.value) });
}

function isPerPod(target: MetricTarget): boolean {
  return target.averageValue !== undefined;
}

function currentValue(target: MetricTarget, { milliAverage }: { readonly milliAverage: number }) {
  const quantity = milliQuantity(milliAverage);
  return isPerPod(target) ? { averageValue: quantity } : { value: quantity };
}

/**
 * The condition and the event of the metric carry `message`; the error of the autoscaler says in `detail` which step
 * failed, too.
 */
function failed(reason: string, kind: string, message: string, detail = ''): MetricProposal {
  return { reason, message, error: `failed to get ${kind} metric value: ${detail}${message}` };
}

function externalName({ name, selector }: { readonly name: string; readonly selector?: LabelSelector }): string {
  return `external metric ${name}(${selectorText(selector)})`;
}

/** A selector as Go prints it, which is what `kubectl describe` shows. */
function selectorText(selector: LabelSelector | undefined): string {
  if (selector === undefined) return 'nil';
  const labels = Object.entries(selector.matchLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  const pairs = labels.map(([key, value]) => `${key}: ${value},`).join('');
  const list = `[]LabelSelectorRequirement{${expressions.join('')}}`;
  return `&LabelSelector{MatchLabels:map[string]string{${pairs}},MatchExpressions:${list},}`;
}

function causeOf(reading: MetricReading): string {
  return reading.type === 'failure' ? reading.message : 'no metrics returned';
}

function milli(quantity: string | number | undefined): number {
  return quantity === undefined ? 0 : quantityMilliValue(parseQuantity(quantity));
}

function milliQuantity(value: number): string {
  return formatQuantity({ nano: BigInt(Math.round(value)) * 1_000_000n, format: 'DecimalSI' });
}
