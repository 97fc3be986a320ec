import type { Pod } from '../../objects/types.ts';
import { testPod } from '../testing.ts';

type PodSpec = NonNullable<Pod['spec']>;
type PodAffinity = NonNullable<NonNullable<PodSpec['affinity']>['podAffinity']>;
export type Term = NonNullable<PodAffinity['requiredDuringSchedulingIgnoredDuringExecution']>[number];
export type Wish = NonNullable<PodAffinity['preferredDuringSchedulingIgnoredDuringExecution']>[number];
type Requirement = NonNullable<NonNullable<Term['labelSelector']>['matchExpressions']>[number];

export const REGION = 'region';
export const ZONE = 'zone';

/** A term of an affinity to pods whose labels are as required. */
export const to = (topologyKey: string, ...matchExpressions: Requirement[]): Term => ({
  topologyKey,
  labelSelector: { matchExpressions },
});
export const has = (key: string): Requirement => ({ key, operator: 'Exists' });
export const lacks = (key: string): Requirement => ({ key, operator: 'DoesNotExist' });
export const oneOf = (key: string, ...values: string[]): Requirement => ({ key, operator: 'In', values });
export const noneOf = (key: string, ...values: string[]): Requirement => ({ key, operator: 'NotIn', values });

export function labelled(spec: Partial<PodSpec>, labels: Record<string, string>, namespace = 'default'): Pod {
  const pod = testPod('p', {}, spec);
  return { ...pod, metadata: { ...pod.metadata, namespace, labels } };
}
