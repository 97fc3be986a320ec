import { describe, expect, it } from 'vitest';
import { deepFreeze, type JsonObject } from '../../lib/json.ts';
import { toAutoscalingV1, toAutoscalingV2 } from './autoscaling-v1.ts';

const TARGET = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };

function v2(spec: JsonObject, extra: JsonObject = {}): JsonObject {
  const metadata = { name: 'web', namespace: 'shop' };
  const full = { scaleTargetRef: TARGET, minReplicas: 1, maxReplicas: 5, ...spec };
  return deepFreeze({ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata, spec: full, ...extra });
}

function v1(spec: JsonObject, annotations?: JsonObject, extra: JsonObject = {}): JsonObject {
  const metadata = { name: 'web', namespace: 'shop', ...(annotations === undefined ? {} : { annotations }) };
  const full = { scaleTargetRef: TARGET, minReplicas: 1, maxReplicas: 5, ...spec };
  return deepFreeze({ apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler', metadata, spec: full, ...extra });
}

const CPU = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
};

/** Every form of a metric, as both versions write it. */
const METRICS: readonly (readonly [string, JsonObject, JsonObject])[] = [
  [
    'memory',
    { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } } },
    { type: 'Resource', resource: { name: 'memory', targetAverageValue: '1Gi' } },
  ],
  [
    'one container',
    {
      type: 'ContainerResource',
      containerResource: { name: 'cpu', container: 'app', target: { type: 'Utilization', averageUtilization: 50 } },
    },
    { type: 'ContainerResource', containerResource: { name: 'cpu', targetAverageUtilization: 50, container: 'app' } },
  ],
  [
    'pods',
    {
      type: 'Pods',
      pods: {
        metric: { name: 'hits', selector: { matchLabels: { verb: 'GET' } } },
        target: { type: 'AverageValue', averageValue: '10' },
      },
    },
    {
      type: 'Pods',
      pods: { metricName: 'hits', targetAverageValue: '10', selector: { matchLabels: { verb: 'GET' } } },
    },
  ],
  [
    'an object by its value',
    {
      type: 'Object',
      object: {
        describedObject: { kind: 'Service', name: 'web', apiVersion: 'v1' },
        metric: { name: 'hits' },
        target: { type: 'Value', value: '2k' },
      },
    },
    {
      type: 'Object',
      object: { target: { kind: 'Service', name: 'web', apiVersion: 'v1' }, metricName: 'hits', targetValue: '2k' },
    },
  ],
  [
    'an object by its average',
    {
      type: 'Object',
      object: {
        describedObject: { kind: 'Service', name: 'web' },
        metric: { name: 'hits' },
        target: { type: 'AverageValue', averageValue: '3' },
      },
    },
    {
      type: 'Object',
      object: {
        target: { kind: 'Service', name: 'web' },
        metricName: 'hits',
        targetValue: '0',
        averageValue: '3',
      },
    },
  ],
  [
    'the outside',
    {
      type: 'External',
      external: {
        metric: { name: 'queue', selector: { matchLabels: { name: 'a' } } },
        target: { type: 'Value', value: '30' },
      },
    },
    {
      type: 'External',
      external: { metricName: 'queue', metricSelector: { matchLabels: { name: 'a' } }, targetValue: '30' },
    },
  ],
];
const ANNOTATION = 'autoscaling.alpha.kubernetes.io/metrics';

describe('an autoscaler of autoscaling/v1', () => {
  it('has its percentage as a metric of cpu', () => {
    expect(toAutoscalingV2(v1({ targetCPUUtilizationPercentage: 70 }))).toEqual(v2({ metrics: [CPU] }));
    expect(toAutoscalingV1(v2({ metrics: [CPU] }))).toEqual(v1({ targetCPUUtilizationPercentage: 70 }));
  });

  it('without one leaves the metrics to the defaults', () => {
    expect(toAutoscalingV2(v1({}))).toEqual(v2({}));
  });

  it.each(METRICS)('has other metrics in an annotation: %s', (_what, metric, kept) => {
    const converted = toAutoscalingV1(v2({ metrics: [metric, CPU] }));
    expect(converted).toEqual(v1({ targetCPUUtilizationPercentage: 70 }, { [ANNOTATION]: JSON.stringify([kept]) }));
    expect(toAutoscalingV2(deepFreeze(converted))).toEqual(v2({ metrics: [metric, CPU] }));
  });

  it('has its behavior there, too', () => {
    const behavior = { scaleDown: { stabilizationWindowSeconds: 10 } };
    const converted = toAutoscalingV1(v2({ metrics: [CPU], behavior }));
    expect(converted).toEqual(
      v1(
        { targetCPUUtilizationPercentage: 70 },
        { 'autoscaling.alpha.kubernetes.io/behavior': JSON.stringify(behavior) },
      ),
    );
    expect(toAutoscalingV2(converted)).toEqual(v2({ metrics: [CPU], behavior }));
  });

  it('has its status there as far as it has no fields for it', () => {
    const conditions = [{ type: 'AbleToScale', status: 'True', reason: 'ReadyForNewScale' }];
    const current = { averageUtilization: 35, averageValue: '35m' };
    const counts = { currentReplicas: 2, desiredReplicas: 3 };
    const currentMetrics = [{ type: 'Resource', resource: { name: 'cpu', current } }];
    const status = { ...counts, currentMetrics, conditions };
    const converted = toAutoscalingV1(v2({ metrics: [CPU] }, { status }));
    expect(converted['status']).toEqual({ ...counts, currentCPUUtilizationPercentage: 35 });
    expect(toAutoscalingV2(converted)).toEqual(v2({ metrics: [CPU] }, { status }));
  });

  it('keeps the annotations that are its own, and an annotation that cannot be read counts for nothing', () => {
    const annotated = v1({ targetCPUUtilizationPercentage: 70 }, { note: 'mine', [ANNOTATION]: '{broken' });
    expect(toAutoscalingV2(annotated)).toMatchObject({
      metadata: { annotations: { note: 'mine' } },
      spec: { metrics: [CPU] },
    });
    expect(Object.keys((toAutoscalingV2(annotated)['metadata'] as JsonObject)['annotations'] as JsonObject)).toEqual([
      'note',
    ]);
  });
});
