import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../../lib/json.ts';
import type { Pod } from '../../objects/types.ts';
import { ago, deploymentOf, NOW_MS, podOf, replicaSetOf } from '../testing/objects.ts';
import { computeDeployment } from './compute-deployment.ts';
import { resolveRolloutSpec } from './deployment-spec.ts';
import { computeDeploymentStatus, isDeploymentComplete } from './deployment-status.ts';
import { shutDownOldSets } from './recreate.ts';
import { sizeReplicaSets } from './replica-set-sizes.ts';

// What kube-controller-manager's own tables ask for, in other numbers.

describe('isDeploymentComplete', () => {
  // TestDeploymentComplete (deployment_util_test).
  it.each<[rule: string, wanted: number, replicas: number, updated: number, available: number, isComplete: boolean]>([
    ['all are there', 6, 6, 6, 6, true],
    ['as many are available as must be, but not all', 6, 6, 6, 5, false],
    ['too few are available', 6, 6, 6, 2, false],
    ['all are available, one is of the old template', 6, 6, 5, 6, false],
    ['an old pod still runs beside the new ones', 2, 3, 2, 2, false],
    ['the only pod never comes up', 1, 1, 1, 0, false],
    ['none is wanted and none is left', 0, 0, 0, 0, true],
  ])('%s', (_rule, wanted, replicas, updatedReplicas, availableReplicas, isComplete) => {
    const rollingUpdate = { maxSurge: 1, maxUnavailable: 1 };
    const base = deploymentOf({ replicas: wanted, spec: { strategy: { type: 'RollingUpdate', rollingUpdate } } });
    const status = { replicas, updatedReplicas, availableReplicas, observedGeneration: base.metadata.generation ?? 0 };
    const deployment = deepFreeze({ ...base, status });
    expect(isDeploymentComplete(deployment, resolveRolloutSpec(deployment))).toBe(isComplete);
  });
});

describe('shutDownOldSets', () => {
  // TestOldPodsRunning (recreate_test).
  const of = (owner: string, phase: 'Pending' | 'Running' | 'Unknown' | 'Succeeded' | 'Failed', name = phase) =>
    podOf({ name: `${owner}-${name}`.toLowerCase(), owner, phase, ready: false });
  it.each<
    [rule: string, sets: readonly (readonly [name: string, replicas: number])[], pods: readonly Pod[], isDown: boolean]
  >([
    ['there are no old sets', [], [], true],
    ['the old set has no pods', [['old', 0]], [], true],
    ['the old set still wants pods', [['old', 1]], [], false],
    ['a pod runs', [['old', 0]], [of('old', 'Running')], false],
    ['a pod waits to start', [['old', 0]], [of('old', 'Pending')], false],
    ['nobody knows what a pod does', [['old', 0]], [of('old', 'Unknown')], false],
    ['a pod is being stopped', [['old', 0]], [podOf({ name: 'p', owner: 'old', deleted: true })], false],
    ['pods have ended', [['old', 0]], [of('old', 'Succeeded'), of('old', 'Failed')], true],
    [
      'of one old set they have ended, of another one waits',
      [
        ['old', 0],
        ['older', 0],
      ],
      [of('old', 'Failed'), of('older', 'Pending')],
      false,
    ],
    ['only pods of other sets run', [['old', 0]], [of('new', 'Running')], true],
  ])('%s', (_rule, sets, pods, isDown) => {
    const replicaSets = sets.map(([name, replicas]) => replicaSetOf({ name, replicas }));
    const oldSets = sizeReplicaSets(replicaSets, pods, {
      newReplicaSet: undefined,
      minReadySeconds: 0,
      nowMs: NOW_MS,
    });
    const spec = resolveRolloutSpec(deploymentOf({ replicas: 2, spec: { strategy: { type: 'Recreate' } } }));
    expect(shutDownOldSets({ spec, newSet: undefined, oldSets }, pods)).toBe(isDown);
    expect(oldSets.map(({ replicas }) => replicas)).toEqual(sets.map(() => 0));
  });
});

describe('the history of a Deployment', () => {
  // TestDeploymentController_cleanupDeployment and …cleanupDeploymentOrder (sync_test): sets from the oldest to the
  // newest, `revision:replicas` with `*` where pods are still counted and `-` for no revision.
  it.each<[rule: string, sets: string, limit: number, deleted: string]>([
    ['beyond the limit goes', '1:0 2:0 3:0', 1, '1 2'],
    ['goes only where nothing is wanted and nothing is left', '1:0 2:0* 3:1 4:1*', 0, '1'],
    ['goes whole', '1:0 2:0', 0, '1 2'],
    ['stays where pods run', '1:1* 2:1*', 0, ''],
    ['stays without a limit', '1:0 2:0 3:0', 2 ** 31 - 1, ''],
    ['goes by revision', '1:0 2:0', 1, '1'],
    ['and not by age', '2:0 1:0', 1, '2'],
    ['goes first where there is no revision', '1:0 -:0', 1, '2'],
    ['whichever is older', '-:0 2:0', 1, '1'],
    ['passes over one that has pods', '1:1* 2:0 3:0', 1, '2'],
    ['stays where those to go have pods', '1:1* 2:1* 3:0', 1, ''],
    ['goes from the lowest of several', '3:0 1:0 4:0 2:0', 2, '2 4'],
  ])('%s', (_rule, text, revisionHistoryLimit, deleted) => {
    const old = text.split(' ').map((part, index) => {
      const [, revision = '', replicas = '', counted] = /^(\d|-):(\d)(\*?)$/.exec(part) ?? [];
      const annotations = revision === '-' ? {} : { 'deployment.kubernetes.io/revision': revision };
      const status = { replicas: counted === '*' ? 1 : 0, observedGeneration: 1 };
      const sketch = { name: `${index + 1}`, image: `app:old${index}`, age: 9000 - index, replicas: Number(replicas) };
      return replicaSetOf({ ...sketch, annotations, status });
    });
    const status = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
    // While it is paused nothing else becomes of old sets.
    const deployment = deploymentOf({ replicas: 2, status, spec: { revisionHistoryLimit, paused: true } });
    const replicaSets = [...old, replicaSetOf({ name: 'new', image: 'app:2', replicas: 2, revision: 9 })];
    const snapshot = deepFreeze({ deployment, replicaSets, pods: [], nameHolder: undefined, nowMs: NOW_MS });
    const names = computeDeployment(snapshot).actions.flatMap((action) =>
      action.type === 'deleteReplicaSet' ? [action.replicaSet.metadata.name] : [],
    );
    expect(names.sort().join(' ')).toBe(deleted);
  });
});

describe('the progress of a Deployment', () => {
  // TestDeploymentProgressing (deployment_util_test): replicas, updated, ready and available, before and after.
  type Counts = readonly [replicas: number, updated: number, ready: number, available: number];
  it.each<[rule: string, before: Counts, after: Counts, isProgress: boolean]>([
    ['more new pods', [10, 4, 4, 4], [10, 6, 4, 4], true],
    ['nothing', [10, 4, 4, 4], [10, 4, 4, 4], false],
    ['fewer old pods', [10, 4, 6, 6], [8, 4, 6, 6], true],
    ['fewer new pods', [10, 7, 3, 3], [10, 6, 3, 3], false],
    ['fewer in all and more new ones', [10, 4, 7, 7], [8, 8, 5, 5], true],
    ['more ready pods', [10, 10, 9, 8], [10, 10, 10, 8], true],
    ['more available pods', [12, 10, 10, 9], [12, 10, 10, 10], true],
  ])('%s', (_rule, before, [replicas, updated, ready, available], isProgress) => {
    const [replicasBefore, updatedReplicas, readyReplicas, availableReplicas] = before;
    const since = ago(601);
    const condition = { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', lastUpdateTime: since };
    const status = {
      ...{ replicas: replicasBefore, updatedReplicas, readyReplicas, availableReplicas, observedGeneration: 2 },
      conditions: [{ ...condition, lastTransitionTime: since }],
    };
    const fresh = { replicas: updated, readyReplicas: ready, availableReplicas: available };
    const replicaSets = [
      replicaSetOf({ name: 'new', image: 'app:2', replicas: updated, status: fresh }),
      replicaSetOf({ name: 'old', image: 'app:1', replicas: 0, status: { replicas: replicas - updated } }),
    ];
    const result = computeDeploymentStatus(
      deepFreeze({
        ...{ deployment: deploymentOf({ replicas: 20, status }), replicaSets, creation: undefined },
        ...{ judgeProgress: true, collisionCount: 0, nowMs: NOW_MS },
      }),
    );
    const progressing = result.status.conditions?.find(({ type }) => type === 'Progressing');
    expect(progressing?.reason).toBe(isProgress ? 'ReplicaSetUpdated' : 'ProgressDeadlineExceeded');
  });
});
