import type { MetricSample } from '../../../api/metrics.ts';
import { parseTime } from '../../../lib/clock.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json.ts';
import { parseQuantity, quantityMilliValue } from '../../../objects/index.ts';

/** "metricServerDefaultMetricWindow = time.Minute": of a value that does not say over how long it was measured. */
const DEFAULT_WINDOW_MS = 60_000;

/** One value of a `MetricValueList` or an `ExternalMetricValueList`. */
export interface MetricValue extends MetricSample {
  /** Of the object that was measured; empty of external metrics. */
  readonly name: string;
}

/**
 * The items of an answer: `MetricValueList` of custom.metrics.k8s.io/v1beta2 (`windowSeconds`) and v1beta1 (`window`),
 * `ExternalMetricValueList` of external.metrics.k8s.io/v1beta1. Throws a plain sentence where it is none; what an
 * adapter says is not trusted.
 */
export function parseMetricValues(body: string): readonly MetricValue[] {
  const list = parseJson(body);
  const items = isJsonObject(list) ? (list['items'] ?? []) : undefined;
  if (!Array.isArray(items)) throw new Error('the answer is no list of metrics');
  return (items as readonly JsonValue[]).map((item, index) => {
    if (!isJsonObject(item)) throw new Error(`items[${index}] is no metric value`);
    return parseValue(item, index);
  });
}

function parseValue(item: JsonObject, index: number): MetricValue {
  const { describedObject, timestamp } = item;
  const value = item['value'];
  if (typeof value !== 'string' && typeof value !== 'number') throw new Error(`items[${index}] has no value`);
  const name = isJsonObject(describedObject) ? describedObject['name'] : undefined;
  return {
    name: typeof name === 'string' ? name : '',
    milliValue: milliValueOf(value, index),
    timestampMs: (typeof timestamp === 'string' ? parseTime(timestamp) : undefined) ?? 0,
    windowMs: windowOf(item),
  };
}

function milliValueOf(value: string | number, index: number): number {
  try {
    return quantityMilliValue(parseQuantity(String(value)));
  } catch (error) {
    throw new Error(`items[${index}].value is no quantity`, { cause: error });
  }
}

function windowOf({ windowSeconds, window }: JsonObject): number {
  const seconds = typeof windowSeconds === 'number' ? windowSeconds : typeof window === 'number' ? window : undefined;
  return seconds === undefined || !(seconds >= 0) ? DEFAULT_WINDOW_MS : seconds * 1000;
}

/** Which versions of its group a server has: `APIGroup` at `/apis/{group}`. */
export function parseGroupVersions(body: string): readonly string[] {
  const group = parseJson(body);
  const versions = isJsonObject(group) ? group['versions'] : undefined;
  if (!Array.isArray(versions)) throw new Error('the answer is no APIGroup');
  return (versions as readonly JsonValue[]).flatMap((one) => {
    const version = isJsonObject(one) ? one['version'] : undefined;
    return typeof version === 'string' ? [version] : [];
  });
}

const CONSTANT_WORDS: Readonly<Record<number, string>> = {
  401: 'the server has asked for the client to provide credentials',
  404: 'the server could not find the requested resource',
  429: 'the server has received too many requests and has asked us to try again later',
  503: 'the server is currently unable to handle the request',
};

/**
 * What is wrong with an answer that is not 200: the message of its `Status`, else the words of Kubernetes' client for
 * the code.
 */
export function failureOfAnswer(status: number, body: string): string {
  const said = statusMessage(body);
  if (said !== undefined) return said;
  return (
    CONSTANT_WORDS[status] ?? `an error on the server (status ${status}) has prevented the request from succeeding`
  );
}

const MESSAGE_CHARACTERS = 500;

function statusMessage(body: string): string | undefined {
  try {
    const status: unknown = JSON.parse(body);
    if (!isJsonObject(status) || status['kind'] !== 'Status') return undefined;
    const { message } = status;
    return typeof message === 'string' && message !== '' ? message.slice(0, MESSAGE_CHARACTERS) : undefined;
  } catch {
    return undefined;
  }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new Error('the answer is no JSON', { cause: error });
  }
}
