import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../../lib/json.ts';
import type { Pod } from '../../objects/types.ts';
import { deploymentOf, NOW_MS, podOf, replicaSetOf } from '../testing/objects.ts';
import { resolveRolloutSpec } from './deployment-spec.ts';
import { isDeploymentComplete } from './deployment-status.ts';
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
    const oldSets = sizeReplicaSets(replicaSets, pods, { minReadySeconds: 0, nowMs: NOW_MS });
    const spec = resolveRolloutSpec(deploymentOf({ replicas: 2, spec: { strategy: { type: 'Recreate' } } }));
    expect(shutDownOldSets({ spec, newSet: undefined, oldSets }, pods)).toBe(isDown);
    expect(oldSets.map(({ replicas }) => replicas)).toEqual(sets.map(() => 0));
  });
});
