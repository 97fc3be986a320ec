import { describe, expect, test } from 'vitest';
import { type MetricReading, type MetricSpec, proposeReplicas } from './propose-replicas.ts';
import { DEFAULT_TOLERANCES } from './scaling-behavior.ts';

const COUNTS = { currentReplicas: 2, statusReplicas: 2, tolerances: DEFAULT_TOLERANCES };
const QUESTION = { namespace: 'shop', ...COUNTS, pods: [], nowMs: 0 };
const DOWN: MetricReading = { type: 'failure', message: 'it is down' };

const UTILIZATION = { type: 'Utilization', averageUtilization: 50 };
const AVERAGE = { type: 'AverageValue', averageValue: '1' };
const VALUE = { type: 'Value', value: '1' };
const describedObject = { apiVersion: 'v1', kind: 'Service', name: 'web' };
const selector = { matchLabels: { queue: 'a' } };
const SELECTOR =
  '&LabelSelector{MatchLabels:map[string]string{queue: a,},MatchExpressions:[]LabelSelectorRequirement{},}';

const cpu = (target: object): MetricSpec => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: '', ...target } },
});
const ofContainer = (target: object): MetricSpec => ({
  type: 'ContainerResource',
  containerResource: { name: 'cpu', container: 'app', target: { type: '', ...target } },
});
const ofObject = (target: object): MetricSpec => ({
  type: 'Object',
  object: { metric: { name: 'hits' }, describedObject, target: { type: '', ...target } },
});
const external = (target: object, metric: object = {}): MetricSpec => ({
  type: 'External',
  external: { metric: { name: 'queue', ...metric }, target: { type: '', ...target } },
});
const ofPods: MetricSpec = { type: 'Pods', pods: { metric: { name: 'requests' }, target: AVERAGE } };

describe('a metric that cannot be read', () => {
  test.each<[spec: MetricSpec, reason: string, message: string, error: string]>([
    [
      cpu(UTILIZATION),
      'FailedGetResourceMetric',
      'failed to get cpu utilization: unable to get metrics for resource cpu: it is down',
      'failed to get cpu resource metric value: failed to get cpu utilization: unable to get metrics for resource cpu: it is down',
    ],
    [
      cpu(AVERAGE),
      'FailedGetResourceMetric',
      'failed to get cpu usage: unable to get metrics for resource cpu: it is down',
      'failed to get cpu resource metric value: failed to get cpu usage: unable to get metrics for resource cpu: it is down',
    ],
    [
      ofContainer(UTILIZATION),
      'FailedGetContainerResourceMetric',
      'failed to get cpu utilization: unable to get metrics for resource cpu: it is down',
      'failed to get app container metric value: failed to get cpu utilization: unable to get metrics for resource cpu: it is down',
    ],
    [
      ofPods,
      'FailedGetPodsMetric',
      'unable to get metric requests: it is down',
      'failed to get pods metric value: unable to get metric requests: it is down',
    ],
    [
      ofObject(VALUE),
      'FailedGetObjectMetric',
      'unable to get metric hits: Service on shop web/it is down',
      'failed to get object metric value: unable to get metric hits: Service on shop web/it is down',
    ],
    [
      ofObject(AVERAGE),
      'FailedGetObjectMetric',
      'unable to get metric hits: Service on shop web/it is down',
      'failed to get object metric value: failed to get hits object metric: unable to get metric hits: Service on shop web/it is down',
    ],
    [
      external(VALUE),
      'FailedGetExternalMetric',
      'unable to get external metric shop/queue/nil: it is down',
      'failed to get queue external metric value: failed to get external metric queue: unable to get external metric shop/queue/nil: it is down',
    ],
    [
      external(AVERAGE, { selector }),
      'FailedGetExternalMetric',
      `unable to get external metric shop/queue/${SELECTOR}: it is down`,
      `failed to get queue external metric value: failed to get queue external metric: unable to get external metric shop/queue/${SELECTOR}: it is down`,
    ],
  ])('of %j is %s', (spec, reason, message, error) => {
    expect(proposeReplicas(QUESTION, spec, DOWN)).toEqual({ reason, message, error });
  });
});

describe('the name of a metric', () => {
  const pod = {
    apiVersion: 'v1' as const,
    kind: 'Pod' as const,
    metadata: { name: 'web', namespace: 'shop', uid: 'web', resourceVersion: '1', creationTimestamp: '' },
    spec: { containers: [{ name: 'app', image: 'app', resources: { requests: { cpu: '1' } } }] },
    status: {
      phase: 'Running' as const,
      startTime: '2026-01-01T00:00:00Z',
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
    },
  };
  const question = { ...QUESTION, pods: [pod], nowMs: Date.UTC(2026, 0, 2) };
  const samples = new Map([['web', { milliValue: 500, timestampMs: question.nowMs, windowMs: 0 }]]);
  const measured: MetricReading = { type: 'pods', samples };
  const value: MetricReading = { type: 'value', milliValue: 1000 };
  test.each<[name: string, spec: MetricSpec, reading: MetricReading]>([
    ['cpu resource utilization (percentage of request)', cpu(UTILIZATION), measured],
    ['cpu resource', cpu(AVERAGE), measured],
    ['cpu container resource utilization (percentage of request)', ofContainer(UTILIZATION), measured],
    ['cpu resource', ofContainer(AVERAGE), measured],
    ['pods metric requests', ofPods, measured],
    ['Service metric hits', ofObject(VALUE), value],
    ['external metric hits(nil)', ofObject(AVERAGE), value],
    [`external metric queue(${SELECTOR})`, external(VALUE, { selector }), value],
  ])('is %s', (metricName, spec, reading) => {
    expect(proposeReplicas(question, spec, reading)).toMatchObject({ metricName });
  });
});
