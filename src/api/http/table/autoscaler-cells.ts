import type { JsonObject } from '../../../lib/json.ts';
import type { StoredObject } from '../../../objects/types.ts';
import { fieldsOf, itemsOf, NONE, textOf, UNKNOWN } from './column.ts';

/** Metrics that are shown before "+ 2 more…" (formatHPAMetrics). */
const SHOWN_METRICS = 2;

export function scaleReference(autoscaler: StoredObject): string {
  const { kind, name } = fieldsOf(fieldsOf(autoscaler, 'spec'), 'scaleTargetRef');
  return `${textOf(kind)}/${textOf(name)}`;
}

/** `cpu: 12%/50%` for each metric, the present value before the wanted one. */
export function autoscalerTargets(autoscaler: StoredObject): string {
  const specs = itemsOf(fieldsOf(autoscaler, 'spec'), 'metrics');
  const statuses = itemsOf(fieldsOf(autoscaler, 'status'), 'currentMetrics');
  if (specs.length === 0) return NONE;
  const cells = specs.map((spec) => metricCell(spec, statusOf(spec, statuses)));
  const more = cells.length - SHOWN_METRICS;
  return more > 0 ? `${cells.slice(0, SHOWN_METRICS).join(', ')} + ${more} more...` : cells.join(', ');
}

/** The status of the same metric: it is found by what it names, as some of them may be missing. */
function statusOf(spec: JsonObject, statuses: readonly JsonObject[]): JsonObject {
  const source = sourceOf(spec);
  const isSame = (status: JsonObject) => {
    const other = sourceOf(status);
    return (
      status['type'] === spec['type'] &&
      other['name'] === source['name'] &&
      other['container'] === source['container'] &&
      fieldsOf(other, 'metric')['name'] === fieldsOf(source, 'metric')['name']
    );
  };
  return fieldsOf(sourceOf(statuses.find(isSame) ?? {}), 'current');
}

function sourceOf(metric: JsonObject): JsonObject {
  const type = textOf(metric['type']);
  return fieldsOf(metric, type.charAt(0).toLowerCase() + type.slice(1));
}

function metricCell(spec: JsonObject, current: JsonObject): string {
  const source = sourceOf(spec);
  const target = fieldsOf(source, 'target');
  const type = textOf(spec['type']);
  const isResource = type === 'Resource' || type === 'ContainerResource';
  if (isResource && target['averageUtilization'] !== undefined) {
    const now = current['averageUtilization'] === undefined ? UNKNOWN : `${textOf(current['averageUtilization'])}%`;
    return `${textOf(source['name'])}: ${now}/${textOf(target['averageUtilization'])}%`;
  }
  const perPod = target['averageValue'] !== undefined;
  const field = perPod ? 'averageValue' : 'value';
  const values = `${textOf(current[field]) || UNKNOWN}/${textOf(target[field])}`;
  if (isResource) return `${textOf(source['name'])}: ${values}`;
  return perPod && type !== 'Pods' ? `${values} (avg)` : values;
}
