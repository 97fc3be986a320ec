import { dns1123LabelProblems, pathSegmentNameProblems } from '../../../objects/names.ts';
import { tryParseQuantity } from '../../../objects/quantity.ts';
import { type Cursor, checkRequiredText } from '../cursor.ts';
import { checkLabelSelector } from './selector-rules.ts';
import { checkPodCount } from './workload-rules.ts';

/**
 * "The stabilization window must be no longer than one hour, a policy's period no longer than half an hour"
 * (autoscaling validation).
 */
const MAX_WINDOW_SECONDS = 3_600;
const MAX_PERIOD_SECONDS = 1_800;

/** The field that goes with each type of metric. */
const SOURCES: Readonly<Record<string, string>> = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
};

/** `spec` of a HorizontalPodAutoscaler (autoscaling validation, validateHorizontalPodAutoscalerSpec). */
export function checkHorizontalPodAutoscaler(spec: Cursor): void {
  const [min, max] = [spec.get('minReplicas'), spec.get('maxReplicas')];
  if (min.number !== undefined && min.number < 1) min.invalid('must be greater than or equal to 1');
  if (max.number !== undefined && max.number < 1) max.invalid('must be greater than 0');
  else checkPodCount(max);
  if (max.number !== undefined && max.number >= 1 && max.number < (min.number ?? 1)) {
    max.invalid('must be greater than or equal to `minReplicas`');
  }
  checkReference(spec.get('scaleTargetRef'));
  for (const metric of spec.get('metrics').items) checkMetric(metric);
  for (const direction of ['scaleUp', 'scaleDown']) checkScalingRules(spec.get('behavior').get(direction));
}

/** `spec` in autoscaling/v1: what else it has is judged in the version in which it is kept. */
export function checkOldAutoscaler(spec: Cursor): void {
  checkHorizontalPodAutoscaler(spec);
  const percent = spec.get('targetCPUUtilizationPercentage');
  if (percent.number !== undefined && percent.number < 1) percent.invalid('must be greater than 0');
}

function checkReference(reference: Cursor): void {
  if (reference.object === undefined) return;
  checkRequiredText(reference.get('kind'), pathSegmentNameProblems);
  checkRequiredText(reference.get('name'), pathSegmentNameProblems);
}

function checkMetric(metric: Cursor): void {
  const type = metric.get('type');
  const source = SOURCES[type.text ?? ''];
  if (source === undefined) {
    if (type.isAbsent || type.value === '') type.required('must specify a metric source type');
    else if (type.text !== undefined) type.notSupported(Object.keys(SOURCES));
    return;
  }
  for (const field of Object.values(SOURCES)) {
    if (field !== source && metric.has(field)) {
      metric.get(field).forbidden('must populate the given metric source only', 'remove it, or set type to go with it');
    }
  }
  if (!metric.has(source)) return metric.get(source).required('must populate information for the given metric source');
  checkSource(metric.get(source), source);
}

function checkSource(source: Cursor, kind: string): void {
  const target = source.get('target');
  if (kind === 'resource' || kind === 'containerResource') {
    checkRequiredText(source.get('name'), () => []);
    if (kind === 'containerResource') checkRequiredText(source.get('container'), dns1123LabelProblems);
    checkResourceTarget(target);
  } else {
    checkRequiredText(source.get('metric').get('name'), pathSegmentNameProblems);
    checkLabelSelector(source.get('metric').get('selector'));
    if (kind === 'object') checkReference(source.get('describedObject'));
    checkValueTarget(target, kind);
  }
  checkTarget(target);
}

/** validateMetricTarget. */
function checkTarget(target: Cursor): void {
  const type = target.get('type');
  if (type.value === '') type.required('must specify a metric target type');
  else if (type.text !== undefined && !['Utilization', 'Value', 'AverageValue'].includes(type.text)) {
    type.invalid('must be either Utilization, Value, or AverageValue');
  }
  for (const value of [target.get('value'), target.get('averageValue')]) checkPositive(value);
  const utilization = target.get('averageUtilization');
  if ((utilization.number ?? 1) < 1) utilization.invalid('must be greater than 0');
}

/** "A resource metric has a target utilization or a target average value, and no value for all pods together." */
function checkResourceTarget(target: Cursor): void {
  const [utilization, average] = [target.get('averageUtilization'), target.get('averageValue')];
  if (utilization.isAbsent && average.isAbsent) {
    utilization.required('must set either a target raw value or a target utilization');
  } else if (!utilization.isAbsent && !average.isAbsent) {
    average.forbidden('may not set both a target raw value and a target utilization', 'keep one of the two');
  }
  if (target.has('value')) {
    target.get('value').forbidden('a resource is not measured for all pods together', 'set averageValue');
  }
}

function checkValueTarget(target: Cursor, kind: string): void {
  const [value, average] = [target.get('value'), target.get('averageValue')];
  if (kind === 'pods') {
    if (average.isAbsent) average.required('must specify a positive target averageValue');
    return;
  }
  if (value.isAbsent && average.isAbsent) {
    const isObject = kind === 'object';
    const detail = isObject
      ? 'must set either a target value or averageValue'
      : 'must set either a target value for metric or a per-pod target';
    average.required(detail);
  } else if (kind === 'external' && !value.isAbsent && !average.isAbsent) {
    value.forbidden('may not set both a target value for metric and a per-pod target', 'keep one of the two');
  }
}

function checkPositive(value: Cursor): void {
  const text = value.text ?? value.number;
  const quantity = text === undefined ? undefined : tryParseQuantity(text);
  if (quantity !== undefined && quantity.nano <= 0n) value.invalid('must be positive');
}

function checkScalingRules(rules: Cursor): void {
  const window = rules.get('stabilizationWindowSeconds');
  if (window.number !== undefined && window.number < 0) window.invalid('must be greater than or equal to zero');
  if ((window.number ?? 0) > MAX_WINDOW_SECONDS) window.invalid(`must be less than or equal to ${MAX_WINDOW_SECONDS}`);
  const tolerance = rules.get('tolerance');
  const ratio = tryParseQuantity(tolerance.text ?? tolerance.number ?? 0);
  if (ratio !== undefined && ratio.nano < 0n) tolerance.invalid('must be greater or equal to zero');
  checkOneOf(rules.get('selectPolicy'), ['Disabled', 'Max', 'Min']);
  const policies = rules.get('policies');
  if (Array.isArray(policies.value) && policies.items.length === 0)
    policies.required('must specify at least one Policy');
  for (const policy of policies.items) {
    checkOneOf(policy.get('type'), ['Percent', 'Pods']);
    const period = policy.get('periodSeconds');
    for (const amount of [policy.get('value'), period]) {
      if (amount.number !== undefined && amount.number <= 0) amount.invalid('must be greater than zero');
    }
    if ((period.number ?? 0) > MAX_PERIOD_SECONDS)
      period.invalid(`must be less than or equal to ${MAX_PERIOD_SECONDS}`);
  }
}

function checkOneOf(value: Cursor, supported: readonly string[]): void {
  if (value.text !== undefined && !supported.includes(value.text)) value.notSupported(supported);
}
