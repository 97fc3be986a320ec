import { describe, expect, it } from 'vitest';
import { ApiError } from '../../api/api-error.ts';
import { deepFreeze } from '../../lib/json.ts';
import type { Pod, ReplicaSet } from '../../objects/types.ts';
import { refusedChange } from '../pods/refused-change.ts';
import { ago, NOW_MS, podOf, podsOf, replicaSetOf } from '../testing/objects.ts';
import { BURST_REPLICAS, computeReplicaSet } from './compute-replica-set.ts';
import { computeReplicaSetStatus } from './replica-set-status.ts';

function actionsOf(replicaSet: ReplicaSet, pods: readonly Pod[]): readonly string[] {
  const snapshot = deepFreeze({ replicaSet, pods, relatedPods: pods, nowMs: NOW_MS });
  return computeReplicaSet(snapshot).map((action) =>
    action.type === 'createPods' ? `create ${action.count}` : `${action.type} ${action.pod.metadata.name}`,
  );
}

const web = (replicas: number) => replicaSetOf({ name: 'web', replicas });

describe('computeReplicaSet', () => {
  it.each<[rule: string, replicaSet: ReplicaSet, pods: readonly Pod[], actions: readonly string[]]>([
    ['creates what is missing', web(3), podsOf('web', 1), ['create 2']],
    ['does nothing when the number is right', web(2), podsOf('web', 2), []],
    [
      'deletes what is too many, unhealthy first',
      web(1),
      [...podsOf('web', 1), podOf({ name: 'bad', ready: false })],
      ['deletePod bad'],
    ],
    [
      'replaces finished pods and does not wait for deleted ones',
      web(2),
      [
        podOf({ name: 'a', phase: 'Failed' }),
        podOf({ name: 'b', phase: 'Succeeded' }),
        podOf({ name: 'c', deleted: true }),
      ],
      ['create 2'],
    ],
    ['adopts a matching orphan, and counts it', web(2), [podOf({ name: 'o', owner: '' })], ['adoptPod o', 'create 1']],
    ['never touches a pod of another controller', web(1), [podOf({ name: 'x', owner: 'other' })], ['create 1']],
    [
      'releases a pod that does not match any more, and replaces it',
      web(1),
      [podOf({ name: 'r', labels: { app: 'debug' } })],
      ['releasePod r', 'create 1'],
    ],
    ['does not adopt a pod that is being deleted', web(0), [podOf({ name: 'o', owner: '', deleted: true })], []],
    [
      'does nothing while it is being deleted itself, and adopts nothing',
      replicaSetOf({ name: 'web', replicas: 3, deleted: true }),
      [podOf({ name: 'o', owner: '' })],
      [],
    ],
    ['creates no more at once than the burst limit', web(1200), [], [`create ${BURST_REPLICAS}`]],
  ])('%s', (_rule, replicaSet, pods, actions) => {
    expect(actionsOf(replicaSet, pods)).toEqual(actions);
  });

  it('matches set-based selectors', () => {
    const base = web(1);
    const matchExpressions = [
      { key: 'tier', operator: 'In', values: ['a', 'b'] },
      { key: 'canary', operator: 'DoesNotExist' },
    ];
    const replicaSet = { ...base, spec: { ...base.spec, selector: { matchExpressions } } };
    const orphan = (name: string, labels: Record<string, string>) => podOf({ name, labels, owner: '' });
    const pods = [
      orphan('yes', { tier: 'b' }),
      orphan('no', { tier: 'c' }),
      orphan('canary', { tier: 'a', canary: '' }),
    ];
    expect(actionsOf(replicaSet, pods)).toEqual(['adoptPod yes']);
  });
});

describe('computeReplicaSetStatus', () => {
  const statusOf = (replicaSet: ReplicaSet, pods: readonly Pod[]) =>
    computeReplicaSetStatus(deepFreeze({ replicaSet, pods, refused: undefined, nowMs: NOW_MS }));

  it('counts pods, and leaves out what is zero', () => {
    const { status } = statusOf(web(3), [
      podOf({ name: 'a', labels: { app: 'web', 'pod-template-hash': 'web' } }),
      podOf({ name: 'b', ready: false }),
      podOf({ name: 'c', deleted: true }),
      podOf({ name: 'd', phase: 'Failed' }),
      podOf({ name: 'e', owner: 'other' }),
    ]);
    expect(status).toEqual({
      replicas: 2,
      fullyLabeledReplicas: 1,
      readyReplicas: 1,
      availableReplicas: 1,
      observedGeneration: 1,
    });
    expect(statusOf(web(0), []).status).toEqual({ replicas: 0, observedGeneration: 1 });
  });

  // TestCalculateStatus (replica_set_utils_test): in turn all, those with every label of the template, ready ones,
  // available ones.
  it.each<[rule: string, pods: readonly string[], minReadySeconds: number, counts: readonly number[]]>([
    ['one with all labels', ['whole'], 0, [1, 1, 1, 1]],
    ['one without one of the labels', ['part'], 0, [1, 0, 1, 1]],
    ['two with all labels', ['whole', 'whole'], 0, [2, 2, 2, 2]],
    ['one of each', ['part', 'whole'], 0, [2, 1, 2, 2]],
    ['one that is not ready', ['waiting'], 0, [1, 1, 0, 0]],
    ['one that has not been ready for long enough', ['whole'], 3600, [1, 1, 1, 0]],
  ])('counts %s', (_rule, kinds, minReadySeconds, counts) => {
    const whole = { app: 'web', 'pod-template-hash': 'web' };
    const pods = kinds.map((kind, index) =>
      podOf({ name: `${kind}-${index}`, ready: kind !== 'waiting', ...(kind === 'part' ? {} : { labels: whole }) }),
    );
    const { status } = statusOf(replicaSetOf({ name: 'web', replicas: 2, minReadySeconds }), pods);
    const { replicas, fullyLabeledReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
    expect([replicas, fullyLabeledReplicas, readyReplicas, availableReplicas]).toEqual(counts);
  });

  it('counts a pod as available after minReadySeconds, and says when to look again', () => {
    const replicaSet = replicaSetOf({ name: 'web', replicas: 3, minReadySeconds: 30 });
    const pods = [30, 20, 5].map((readyFor) => podOf({ name: `p${readyFor}`, readyFor }));
    const { status, requeueAfterMs } = statusOf(replicaSet, pods);
    expect(status).toMatchObject({ readyReplicas: 3, availableReplicas: 1 });
    expect(requeueAfterMs).toBe(10_000);
  });

  it('reports a refused creation until one goes well', () => {
    const refused = refusedChange(new ApiError('Forbidden', 'exceeded quota'), { isCreation: true });
    const { status } = computeReplicaSetStatus({ replicaSet: web(1), pods: [], refused, nowMs: NOW_MS });
    const told = { reason: 'FailedCreate', message: 'exceeded quota' };
    const condition = { type: 'ReplicaFailure', status: 'True', lastTransitionTime: ago(0), ...told };
    expect(status.conditions).toEqual([condition]);
    const failed = { ...web(1), status };
    expect(statusOf(failed, []).status.conditions).toBeUndefined();
    const again = { replicaSet: failed, pods: [], refused, nowMs: NOW_MS + 60_000 };
    expect(computeReplicaSetStatus(again).status.conditions).toEqual([condition]);
  });
});
