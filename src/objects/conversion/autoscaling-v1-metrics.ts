import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';

/**
 * One metric in the form that autoscaling/v1 keeps in its annotations (`MetricSpec` and `MetricStatus` of
 * k8s.io/api/autoscaling/v1), which is flat: `{metricName, targetAverageValue}` for
 * `{metric: {name}, target: {averageValue}}`.
 */
type Fields = Readonly<Record<string, JsonValue | undefined>>;

/** The names of the flat form by what they say: of a target in a spec, of what was measured in a status. */
interface Names {
  readonly stanza: 'target' | 'current';
  readonly value: string;
  readonly averageValue: string;
  readonly averageUtilization: string;
}

const SPEC: Names = {
  stanza: 'target',
  value: 'targetValue',
  averageValue: 'targetAverageValue',
  averageUtilization: 'targetAverageUtilization',
};
const STATUS: Names = {
  stanza: 'current',
  value: 'currentValue',
  averageValue: 'currentAverageValue',
  averageUtilization: 'currentAverageUtilization',
};
const SOURCES = ['resource', 'containerResource', 'pods', 'object', 'external'] as const;
type Source = (typeof SOURCES)[number];

export function toV1Metric(metric: JsonObject): JsonObject {
  return convert(metric, (source, fields) => flatten(source, fields, SPEC));
}

export function toV1MetricStatus(metric: JsonObject): JsonObject {
  return convert(metric, (source, fields) => flatten(source, fields, STATUS));
}

export function fromV1Metric(metric: JsonObject): JsonObject {
  return convert(metric, (source, fields) => unfold(source, fields, SPEC));
}

export function fromV1MetricStatus(metric: JsonObject): JsonObject {
  return convert(metric, (source, fields) => unfold(source, fields, STATUS));
}

function convert(metric: JsonObject, change: (source: Source, fields: JsonObject) => Fields): JsonObject {
  const changed = SOURCES.flatMap((source) => {
    const fields = metric[source];
    return isJsonObject(fields) ? [[source, defined(change(source, fields))] as const] : [];
  });
  return { ...metric, ...Object.fromEntries(changed) };
}

function flatten(source: Source, fields: JsonObject, names: Names): Fields {
  const { averageUtilization, averageValue, value } = objectAt(fields, names.stanza);
  const { name, selector } = objectAt(fields, 'metric');
  switch (source) {
    case 'resource':
    case 'containerResource':
      return {
        name: fields['name'],
        [names.averageUtilization]: averageUtilization,
        [names.averageValue]: averageValue,
        container: fields['container'],
      };
    case 'pods':
      return { metricName: name, [names.averageValue]: averageValue, selector };
    case 'object':
      // The value is no pointer there: without one it is zero.
      return {
        target: fields['describedObject'],
        metricName: name,
        [names.value]: value ?? '0',
        selector,
        averageValue,
      };
    case 'external':
      return { metricName: name, metricSelector: selector, [names.value]: value, [names.averageValue]: averageValue };
  }
}

function unfold(source: Source, fields: JsonObject, names: Names): Fields {
  const amounts = amountsOf(source, fields, names);
  const stanza = defined(names.stanza === 'target' ? { type: typeOf(amounts), ...amounts } : amounts);
  if (source === 'resource' || source === 'containerResource') {
    return { name: fields['name'], container: fields['container'], [names.stanza]: stanza };
  }
  const selector = source === 'external' ? fields['metricSelector'] : fields['selector'];
  const metric = defined({ name: fields['metricName'], selector });
  const described = source === 'object' ? { describedObject: fields['target'] } : {};
  return { ...described, metric, [names.stanza]: stanza };
}

/** "AverageValue, where there is one, else Value" decides about an object's target; then its other value is none. */
function amountsOf(source: Source, fields: JsonObject, names: Names) {
  const averageValue = source === 'object' ? fields['averageValue'] : fields[names.averageValue];
  const isAverage = source === 'object' && averageValue !== undefined;
  return {
    averageUtilization: fields[names.averageUtilization],
    averageValue,
    value: isAverage ? undefined : fields[names.value],
  };
}

function typeOf({ averageUtilization, averageValue }: ReturnType<typeof amountsOf>): string {
  if (averageUtilization !== undefined) return 'Utilization';
  return averageValue === undefined ? 'Value' : 'AverageValue';
}

function objectAt(object: JsonObject, field: string): JsonObject {
  const value = object[field];
  return isJsonObject(value) ? value : {};
}

/** The fields that are there. */
export function defined(fields: Fields): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined),
  );
}
