import {
  type CustomMetrics,
  type MetricAsk,
  type MetricFailure,
  type MetricPending,
  type MetricSample,
  PENDING,
  type PodMetrics,
  type ResourceMetrics,
} from '../../api/metrics.ts';
import { formatLabelSelector, type LabelSelector } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';
import type { MetricReading, MetricSpec } from './propose-replicas.ts';

/** From whom metrics come; a box without either says so in the autoscaler's conditions. */
export interface MetricSources {
  readonly resource: ResourceMetrics | undefined;
  readonly custom: CustomMetrics;
}

/** Whether a metric of the spec is measured on pods' containers. */
export function isResourceMetric({ type }: MetricSpec): boolean {
  return type === 'Resource' || type === 'ContainerResource';
}

/** What an autoscaler scales. */
export interface MeasuredPods {
  readonly namespace: string;
  readonly pods: readonly Pod[];
  readonly podSelector: string;
}

/** Asks for one metric of an autoscaler. */
export function readMetric(
  { resource, custom }: MetricSources,
  spec: MetricSpec,
  { namespace, pods, podSelector }: MeasuredPods,
  ask: MetricAsk,
): MetricReading | MetricPending {
  switch (spec.type) {
    case 'Resource':
      return resourceReading(resource, pods, spec.resource?.name ?? '', undefined);
    case 'ContainerResource': {
      const { name = '', container = '' } = spec.containerResource ?? {};
      return resourceReading(resource, pods, name, container);
    }
    case 'Pods': {
      const found = custom.podsMetric({ namespace, ...metricOf(spec.pods?.metric), podSelector }, ask);
      if (found === PENDING) return PENDING;
      return 'failure' in found ? failureOf(found) : samplesOf(found);
    }
    case 'Object': {
      const object = spec.object?.describedObject ?? { kind: '', name: '' };
      const found = custom.objectMetric({ namespace, ...metricOf(spec.object?.metric), object }, ask);
      if (found === PENDING) return PENDING;
      return 'failure' in found ? failureOf(found) : { type: 'value', milliValue: found.milliValue };
    }
    case 'External': {
      const query = { namespace, ...metricOf(spec.external?.metric) };
      const found = custom.externalMetric(query, ask);
      return found === PENDING ? PENDING : externalReading(found);
    }
    default:
      return { type: 'failure', message: `unknown metric source type "${spec.type}"` };
  }
}

function metricOf(metric: { readonly name: string; readonly selector?: LabelSelector } | undefined) {
  return { metric: metric?.name ?? '', selector: formatLabelSelector(metric?.selector) };
}

function failureOf({ failure }: MetricFailure): MetricReading {
  return { type: 'failure', message: failure };
}

function samplesOf(samples: ReadonlyMap<string, MetricSample>): MetricReading {
  if (samples.size === 0) return { type: 'failure', message: 'no metrics returned from custom metrics API' };
  return { type: 'pods', samples };
}

function externalReading(found: readonly MetricSample[] | MetricFailure): MetricReading {
  if ('failure' in found) return failureOf(found);
  if (found.length === 0) return { type: 'failure', message: 'no metrics returned from external metrics API' };
  return { type: 'value', milliValue: found.reduce((sum, { milliValue }) => sum + milliValue, 0) };
}

function resourceReading(
  metrics: ResourceMetrics | undefined,
  pods: readonly Pod[],
  resource: string,
  container: string | undefined,
): MetricReading {
  const samples = new Map<string, MetricSample>();
  for (const { metadata } of pods) {
    const found = metrics?.podMetrics(metadata.uid);
    // "container %s not present in metrics for pod %s/%s": one pod without it is enough (getContainerMetrics).
    if (container !== undefined && found?.containers.every(({ name }) => name !== container) === true) {
      const place = `${metadata.namespace}/${metadata.name}`;
      const why = `container ${container} not present in metrics for pod ${place}`;
      return { type: 'failure', message: `failed to get container metrics: ${why}` };
    }
    const milliValue = found === undefined ? undefined : milliValueOf(found, resource, container);
    if (found === undefined || milliValue === undefined) continue;
    const { timestampMs, windowMs } = found;
    samples.set(metadata.name, { milliValue, timestampMs, windowMs });
  }
  if (samples.size === 0) return { type: 'failure', message: 'no metrics returned from resource metrics API' };
  return { type: 'pods', samples };
}

/** "cpu" or "memory" of all containers, or of one; `undefined` of a resource that is not measured. */
function milliValueOf({ containers }: PodMetrics, resource: string, only: string | undefined): number | undefined {
  const counted = only === undefined ? containers : containers.filter(({ name }) => name === only);
  if (counted.length === 0) return undefined;
  if (resource === 'cpu') return counted.reduce((sum, { milliCpu }) => sum + milliCpu, 0);
  if (resource === 'memory') return counted.reduce((sum, { memoryBytes }) => sum + memoryBytes * 1000, 0);
  return undefined;
}
