import { describe, expect, it } from 'vitest';
import { deploymentOf, replicaSetOf } from '../testing/objects.ts';
import { resolveRolloutSpec } from './deployment-spec.ts';
import type { SizedReplicaSet } from './replica-set-sizes.ts';
import { DESIRED_REPLICAS_ANNOTATION, MAX_REPLICAS_ANNOTATION, type TextMap } from './revisions.ts';
import type { Rollout } from './rolling-update.ts';
import { isScalingEvent, scaleDeployment } from './scale-deployment.ts';

/** The first of the sizes is that of the new set, each further set is older; pods are all available. */
function rolloutOf(
  bounds: { readonly replicas: number; readonly maxSurge: number },
  sizes: readonly number[],
  annotations: TextMap,
): Rollout {
  // All may be unavailable, so that no healthy pod is exchanged for another.
  const rollingUpdate = { maxSurge: bounds.maxSurge, maxUnavailable: '100%' };
  const spec = { strategy: { type: 'RollingUpdate', rollingUpdate } } as const;
  const sets = sizes.map((replicas, index): SizedReplicaSet => {
    const sketch = { name: `set${index}`, image: `app:${index}`, age: 1000 * (index + 1), replicas, annotations };
    return { replicaSet: replicaSetOf(sketch), replicas, livePods: replicas, availablePods: replicas };
  });
  const [newSet, ...oldSets] = sets;
  return { spec: resolveRolloutSpec(deploymentOf({ replicas: bounds.replicas, spec })), newSet, oldSets };
}

function sized(desired: number, most: number): TextMap {
  return { [DESIRED_REPLICAS_ANNOTATION]: `${desired}`, [MAX_REPLICAS_ANNOTATION]: `${most}` };
}

describe('scaleDeployment', () => {
  // What kube-controller-manager's own tests ask for (deployment, sync_test, TestScale), in other numbers. First is how
  // many replicas there were and by how many more the sets were allowed to be, then the same as it is now.
  it.each<[rule: string, before: readonly [number, number], now: readonly [number, number], from: string, to: string]>([
    ['two sets, more', [6, 0], [12, 0], '2 4', '4 8'],
    ['two sets, less', [6, 0], [3, 0], '2 4', '1 2'],
    ['a large new set and a small old one, less', [11, 0], [5, 0], '10 1', '5 0'],
    ['three sets, more', [8, 0], [11, 0], '2 4 2', '3 6 2'],
    ['three sets, less', [14, 0], [9, 0], '2 9 3', '1 6 2'],
    ['one more, of equal sets to the newest', [3, 0], [4, 0], '1 1 1', '2 1 1'],
    ['one less, of equal sets from the oldest', [3, 0], [2, 0], '1 1 1', '1 1 0'],
    ['one more while the new set has no pods', [6, 0], [7, 0], '0 3 3', '0 4 3'],
    ['nothing at all', [8, 0], [0, 0], '4 3 1', '0 0 0'],
    ['all to the new set when none has pods', [4, 0], [7, 0], '0 0 0', '7 0 0'],
    ['the surge like the rest', [12, 2], [26, 2], '7 7', '14 14'],
    ['a surge that has changed as well', [10, 3], [40, 6], '5 8', '18 28'],
  ])('shares out %s', (_rule, [size, surge], [replicas, maxSurge], from, to) => {
    const rollout = rolloutOf({ replicas, maxSurge }, from.split(' ').map(Number), sized(size, size + surge));
    scaleDeployment(rollout, size);
    const { newSet, oldSets } = rollout;
    expect([newSet, ...oldSets].map((set) => set?.replicas).join(' ')).toBe(to);
  });

  // TestGetReplicaSetFraction (deployment_util_test).
  it.each<[rule: string, annotations: TextMap, statusReplicas: number, to: string]>([
    ['takes the number of the status when the sets have none', {}, 100, '60 60'],
    ['takes the number of the status when the sets have 0', { [MAX_REPLICAS_ANNOTATION]: '0' }, 100, '60 60'],
    ['goes by the sets and not by the status', { [MAX_REPLICAS_ANNOTATION]: '100' }, 80, '60 60'],
    ['gives all to the largest when nothing says what there was', {}, 0, '70 50'],
    ['passes over what no int32 can be', { [MAX_REPLICAS_ANNOTATION]: `${2 ** 31}` }, 100, '60 60'],
  ])('%s', (_rule, annotations, statusReplicas, to) => {
    const rollout = rolloutOf({ replicas: 120, maxSurge: 0 }, [50, 50], annotations);
    scaleDeployment(rollout, statusReplicas);
    expect([rollout.newSet, ...rollout.oldSets].map((set) => set?.replicas).join(' ')).toBe(to);
  });
});

describe('isScalingEvent', () => {
  // TestGetNonNegativeInt32FromAnnotation (deployment_util_test).
  it.each<[rule: string, desired: string | undefined, isScaled: boolean]>([
    ['the same number', '10', false],
    ['another number', '13', true],
    ['0', '0', true],
    ['the largest int32', `${2 ** 31 - 1}`, true],
    ['one more than an int32 holds', `${2 ** 31}`, false],
    ['far more than an int32 holds', `${2 ** 32}`, false],
    ['a negative number', '-1', false],
    ['a sign', '+13', false],
    ['words', 'invalid', false],
    ['no text', '', false],
    ['no annotation', undefined, false],
  ])('knows by the sets: %s', (_rule, desired, isScaled) => {
    const annotations = desired === undefined ? {} : { [DESIRED_REPLICAS_ANNOTATION]: desired };
    expect(isScalingEvent(rolloutOf({ replicas: 10, maxSurge: 0 }, [5, 5], annotations))).toBe(isScaled);
  });
});
