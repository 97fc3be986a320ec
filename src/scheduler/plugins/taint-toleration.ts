import type { Pod } from '../../objects/types.ts';
import type { Taint } from '../cluster/node-info.ts';
import { type FilterPlugin, normalizeScores, type ScorePlugin } from '../plugin.ts';

type Toleration = NonNullable<NonNullable<Pod['spec']>['tolerations']>[number];

/**
 * "A toleration matches a taint if the keys are the same and the effects are the same, and the operator is Exists (in
 * which case no value should be specified), or the operator is Equal and the values should be equal. An empty key with
 * operator Exists matches all keys; an empty effect matches all effects" (Taints and Tolerations).
 */
export function toleratesTaint(toleration: Toleration, taint: Pick<Taint, 'key' | 'value' | 'effect'>): boolean {
  const { key = '', operator = 'Equal', value = '', effect = '' } = toleration;
  if (effect !== '' && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  return key !== '' && value === (taint.value ?? '');
}

/** "TaintToleration: implements taints and tolerations." Filter. */
export const taintToleration: FilterPlugin = {
  name: 'TaintToleration',
  wakesOn: ['node-added', 'node-taints', 'pod-changed'],
  couldHelp: ({ pod }, { node }) => node === undefined || untoleratedTaint(pod, node.hardTaints) === undefined,
  prepare: ({ pod }, cluster) => {
    if (!cluster.hasRestrictedNodes) return undefined;
    return ({ hardTaints }) => {
      if (hardTaints.length === 0) return undefined;
      const untolerated = untoleratedTaint(pod, hardTaints);
      if (untolerated === undefined) return undefined;
      const { key, value = '' } = untolerated;
      return { reasons: [`node(s) had untolerated taint {${key}: ${value}}`], isResolvable: false };
    };
  },
};

function untoleratedTaint({ spec }: Pod, taints: readonly Taint[]): Taint | undefined {
  const tolerations = spec?.tolerations ?? [];
  return taints.find((taint) => !tolerations.some((each) => toleratesTaint(each, taint)));
}

/** Score: fewer `PreferNoSchedule` taints that the pod does not tolerate are better. */
export const taintTolerationScore: ScorePlugin = {
  name: 'TaintToleration',
  weight: 3,
  prepare: ({ pod }, cluster) => {
    if (!cluster.hasSoftTaints) return undefined;
    const tolerations = pod.spec?.tolerations ?? [];
    return {
      score: ({ softTaints }) =>
        softTaints.filter((taint) => !tolerations.some((each) => toleratesTaint(each, taint))).length,
      normalize: (scores) => normalizeScores(scores, { reversed: true }),
    };
  },
};
