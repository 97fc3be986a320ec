import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { defined, fromV1Metric, fromV1MetricStatus, toV1Metric, toV1MetricStatus } from './autoscaling-v1-metrics.ts';

/**
 * HorizontalPodAutoscalers between autoscaling/v1 and autoscaling/v2, in which they are kept
 * (pkg/apis/autoscaling/v1/conversion.go). "The only metric supported in autoscaling/v1 is cpu utilization. The new
 * fields introduced in autoscaling/v2 are preserved as annotations when working with autoscaling/v1" (Horizontal Pod
 * Autoscaling).
 */
const ANNOTATIONS = {
  metrics: 'autoscaling.alpha.kubernetes.io/metrics',
  currentMetrics: 'autoscaling.alpha.kubernetes.io/current-metrics',
  conditions: 'autoscaling.alpha.kubernetes.io/conditions',
  behavior: 'autoscaling.alpha.kubernetes.io/behavior',
} as const;
const ROUND_TRIP: ReadonlySet<string> = new Set(Object.values(ANNOTATIONS));

export function toAutoscalingV2(autoscaler: JsonObject): JsonObject {
  const { metadata, spec, status, ...rest } = autoscaler;
  const kept = annotationsOf(metadata);
  return defined({
    ...rest,
    apiVersion: 'autoscaling/v2',
    metadata: withAnnotations(metadata, entriesWithout(kept)),
    spec: isJsonObject(spec) ? specToV2(spec, kept) : spec,
    status: isJsonObject(status) ? statusToV2(status, kept) : status,
  });
}

export function toAutoscalingV1(autoscaler: JsonObject): JsonObject {
  const { metadata, spec, status, ...rest } = autoscaler;
  const given = isJsonObject(spec) ? spec : {};
  const { metrics, behavior, ...others } = given;
  const observed = isJsonObject(status) ? status : {};
  const { currentMetrics, conditions, ...counts } = observed;
  const all = objectsOf(metrics);
  const cpu = all.find((metric) => resourceOf(metric)?.['name'] === 'cpu');
  const other = all.filter((metric) => !isCpuUtilization(metric));
  const current = objectsOf(currentMetrics);
  const annotations = {
    ...entriesWithout(annotationsOf(metadata)),
    ...listAnnotation(ANNOTATIONS.metrics, other.map(toV1Metric)),
    ...listAnnotation(ANNOTATIONS.currentMetrics, current.map(toV1MetricStatus)),
    ...listAnnotation(ANNOTATIONS.conditions, objectsOf(conditions)),
    ...(isJsonObject(behavior) ? { [ANNOTATIONS.behavior]: JSON.stringify(behavior) } : {}),
  };
  const utilization = cpu === undefined ? undefined : fieldOf(resourceOf(cpu), 'target', 'averageUtilization');
  const used = current
    .map((metric) => resourceOf(metric))
    .filter((resource) => resource?.['name'] === 'cpu')
    .map((resource) => fieldOf(resource, 'current', 'averageUtilization'))
    .findLast((percent) => percent !== undefined);
  return defined({
    ...rest,
    apiVersion: 'autoscaling/v1',
    metadata: withAnnotations(metadata, annotations),
    spec: isJsonObject(spec) ? defined({ ...others, targetCPUUtilizationPercentage: utilization }) : spec,
    status: isJsonObject(status) ? defined({ ...counts, currentCPUUtilizationPercentage: used }) : status,
  });
}

/**
 * Without metrics at all the default of autoscaling/v2 applies, which is that of autoscaling/v1: 80 % of the requested
 * cpu.
 */
function specToV2(spec: JsonObject, annotations: JsonObject): JsonObject {
  const { targetCPUUtilizationPercentage: percent, ...rest } = spec;
  const target = { type: 'Utilization', averageUtilization: percent ?? null };
  const cpu: JsonObject[] =
    percent === undefined || percent === null ? [] : [{ type: 'Resource', resource: { name: 'cpu', target } }];
  const others = objectsOf(parsed(annotations[ANNOTATIONS.metrics])).map(fromV1Metric);
  const metrics = [...others, ...cpu];
  const behavior = parsed(annotations[ANNOTATIONS.behavior]);
  return defined({
    ...rest,
    metrics: metrics.length === 0 ? undefined : metrics,
    behavior: isJsonObject(behavior) ? behavior : undefined,
  });
}

/** "Ignore any existing status values: the ones here have more information", where the annotations have any. */
function statusToV2(status: JsonObject, annotations: JsonObject): JsonObject {
  const { currentCPUUtilizationPercentage: percent, ...rest } = status;
  const kept = objectsOf(parsed(annotations[ANNOTATIONS.currentMetrics])).map(fromV1MetricStatus);
  const cpu: JsonObject[] =
    percent === undefined || percent === null
      ? []
      : [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: percent } } }];
  const currentMetrics = kept.length > 0 ? kept : cpu;
  const conditions = objectsOf(parsed(annotations[ANNOTATIONS.conditions]));
  return defined({
    ...rest,
    currentMetrics: currentMetrics.length === 0 ? undefined : currentMetrics,
    conditions: conditions.length === 0 ? undefined : conditions,
  });
}

function isCpuUtilization(metric: JsonObject): boolean {
  const resource = metric['type'] === 'Resource' ? resourceOf(metric) : undefined;
  return resource?.['name'] === 'cpu' && fieldOf(resource, 'target', 'averageUtilization') !== undefined;
}

function resourceOf(metric: JsonObject): JsonObject | undefined {
  const resource = metric['resource'];
  return isJsonObject(resource) ? resource : undefined;
}

function fieldOf(object: JsonObject | undefined, stanza: string, field: string): JsonValue | undefined {
  const inner = object?.[stanza];
  return isJsonObject(inner) ? inner[field] : undefined;
}

function annotationsOf(metadata: JsonValue | undefined): JsonObject {
  const annotations = isJsonObject(metadata) ? metadata['annotations'] : undefined;
  return isJsonObject(annotations) ? annotations : {};
}

function entriesWithout(annotations: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !ROUND_TRIP.has(key)));
}

/** The same metadata where nothing changes: an object without annotations gets none. */
function withAnnotations(metadata: JsonValue | undefined, annotations: JsonObject): JsonValue | undefined {
  const isEmpty = Object.keys(annotations).length === 0;
  if (!isJsonObject(metadata)) return isEmpty ? metadata : { annotations };
  const { annotations: before, ...rest } = metadata;
  const wasEmpty = !isJsonObject(before) || Object.keys(before).length === 0;
  if (isEmpty) return wasEmpty ? metadata : rest;
  return { ...metadata, annotations };
}

function listAnnotation(name: string, items: readonly JsonObject[]): JsonObject {
  return items.length === 0 ? {} : { [name]: JSON.stringify(items) };
}

/** What cannot be read counts as absent, as in Kubernetes. */
function parsed(text: JsonValue | undefined): JsonValue | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function objectsOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : [];
}
