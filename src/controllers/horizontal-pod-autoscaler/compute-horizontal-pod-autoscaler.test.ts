import { expect, test } from 'vitest';
import { deepFreeze } from '../../lib/json.ts';
import {
  type AutoscalerSnapshot,
  computeHorizontalPodAutoscaler,
  computeRefusedRescale,
} from './compute-horizontal-pod-autoscaler.ts';
import { NO_MEMORY } from './scaling-memory.ts';

function snapshotOf(replicas: number, selector: string): AutoscalerSnapshot {
  return deepFreeze<AutoscalerSnapshot>({
    autoscaler: {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web', namespace: 'shop', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
      spec: {
        minReplicas: 2,
        maxReplicas: 4,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      },
      status: { currentReplicas: 1, desiredReplicas: 1, lastScaleTime: '2026-01-01T00:00:00Z' },
    },
    target: { replicas, statusReplicas: replicas, selector },
    pods: [],
    readings: [],
    rivals: [],
    memory: NO_MEMORY,
    nowMs: 0,
    monotonicMs: 0,
  });
}

test('a target without a selector is not scaled', () => {
  const { rescale, events, status } = computeHorizontalPodAutoscaler(snapshotOf(2, ''));
  expect(rescale).toBeUndefined();
  expect(events.map(({ reason, message }) => `${reason}: ${message}`)).toEqual([
    'SelectorRequired: selector is required',
    'FailedComputeMetricsReplicas: selector is required',
  ]);
  expect(status.conditions?.find(({ type }) => type === 'ScalingActive')).toMatchObject({
    status: 'False',
    reason: 'InvalidSelector',
    message: "the HPA target's scale is missing a selector",
  });
});

test('of a size that the target refuses nothing is kept but the refusal', () => {
  const snapshot = snapshotOf(1, 'app=web');
  const actions = computeHorizontalPodAutoscaler(snapshot);
  expect(actions.rescale).toMatchObject({ from: 1, to: 2 });
  const { events, status } = computeRefusedRescale(snapshot, actions, 'no');
  expect(events).toEqual([
    {
      type: 'Warning',
      reason: 'FailedRescale',
      message: 'New size: 2; reason: Current number of replicas below Spec.MinReplicas; error: no',
    },
  ]);
  expect(status).toMatchObject({ desiredReplicas: 1, lastScaleTime: '2026-01-01T00:00:00Z' });
  expect(status.conditions?.find(({ type }) => type === 'AbleToScale')).toMatchObject({
    status: 'False',
    reason: 'FailedUpdateScale',
    message: 'the HPA controller was unable to update the target scale: no',
  });
});
