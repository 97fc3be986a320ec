import { parseQuantity } from '../../objects/index.ts';
import type { HorizontalPodAutoscaler } from '../../objects/types.ts';

type Behavior = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['behavior']>;
type ScalingRules = NonNullable<Behavior['scaleUp']>;

export interface ScalingPolicy {
  readonly type: string;
  readonly value: number;
  readonly periodSeconds: number;
}

/** The rules of one direction, with their defaults. */
export interface DirectionRules {
  readonly windowMs: number;
  readonly selectPolicy: string;
  readonly policies: readonly ScalingPolicy[];
}

export interface ScalingBehavior {
  readonly up: DirectionRules;
  readonly down: DirectionRules;
}

/** "--horizontal-pod-autoscaler-downscale-stabilization: 5 minutes by default." */
export const DOWNSCALE_WINDOW_MS = 300_000;

/**
 * "scaleUp: the higher of: increase no more than 4 pods per 15 seconds; double the number of pods per 15 seconds. No
 * stabilization is used."
 */
const UP: DirectionRules = {
  windowMs: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};

/** "scaleDown: allow to scale down to minReplicas pods, with a 300 second stabilization window." */
const DOWN: DirectionRules = {
  windowMs: DOWNSCALE_WINDOW_MS,
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
};

/**
 * What the spec says, completed: "the user-provided values are merged with the defaults, rule by rule"
 * (GenerateHPAScaleUpRules).
 */
export function behaviorOf(spec: Behavior): ScalingBehavior {
  return { up: complete(spec.scaleUp, UP), down: complete(spec.scaleDown, DOWN) };
}

/** How far the ratio of the present value to the desired one may lie from 1 without anything being scaled. */
export interface Tolerances {
  readonly up: number;
  readonly down: number;
}

/**
 * "--horizontal-pod-autoscaler-tolerance: the control plane skips any scaling action if the ratio is close to 1.0, 0.1
 * by default."
 */
export const DEFAULT_TOLERANCES: Tolerances = { up: 0.1, down: 0.1 };

/**
 * "tolerance is the tolerance on the ratio between the current and desired metric value under which no updates are made
 * to the desired number of replicas (e.g. 0.01 for 1%). If not set, the default cluster-wide tolerance is applied"
 * (autoscaling/v2, HPAScalingRules).
 */
export function tolerancesOf(spec: Behavior | undefined): Tolerances {
  const of = ({ tolerance }: ScalingRules = {}) =>
    tolerance === undefined ? undefined : Number(parseQuantity(tolerance).nano) / 1e9;
  return { up: of(spec?.scaleUp) ?? DEFAULT_TOLERANCES.up, down: of(spec?.scaleDown) ?? DEFAULT_TOLERANCES.down };
}

function complete(rules: ScalingRules | undefined, defaults: DirectionRules): DirectionRules {
  const { stabilizationWindowSeconds, selectPolicy, policies } = rules ?? {};
  return {
    windowMs: stabilizationWindowSeconds === undefined ? defaults.windowMs : stabilizationWindowSeconds * 1000,
    selectPolicy: selectPolicy ?? defaults.selectPolicy,
    policies: policies === undefined || policies.length === 0 ? defaults.policies : policies,
  };
}
