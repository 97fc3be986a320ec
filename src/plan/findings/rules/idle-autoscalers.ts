import { findKind, formatObject, type KindInfo, storageKeyOf } from '../../../objects/index.ts';
import type { KubernetesObject } from '../../../objects/types.ts';
import { specOf } from '../../pod-specs.ts';
import type { Finding } from '../finding.ts';
import type { PlannedObject } from '../planned-object.ts';
import { findingOn, ofKind, type Rule, type RuleSnapshot } from '../rule.ts';

const KIND = 'HorizontalPodAutoscaler';

interface Reference {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly name?: string;
}

/** Autoscalers that never scale: of a kind that has no `scale`, or two of one workload. */
export const idleAutoscalers: Rule = (snapshot) => {
  const { objects, before } = snapshot;
  const all = ofKind(objects, KIND);
  // Who was there first is named by those that come after.
  const autoscalers = [...all.filter(({ key }) => before.has(key)), ...all.filter(({ key }) => !before.has(key))];
  const first = new Map<string, string>();
  return autoscalers.flatMap((autoscaler) => {
    const target = targetOf(autoscaler.object);
    if (target === undefined) return [];
    const other = first.get(target.key) ?? undeclaredRival(snapshot, autoscaler, target.key);
    first.set(target.key, other ?? formatObject(autoscaler.id));
    return [...withoutScale(autoscaler, target), ...withRival(autoscaler, target, other)];
  });
};

/**
 * "The HPA controller was unable to get the target's current scale": a DaemonSet has as many pods as there are nodes.
 */
function withoutScale(autoscaler: PlannedObject, { info }: KnownTarget): readonly Finding[] {
  if (info.hasScale) return [];
  const message = `a ${info.kind} has no number of replicas that it could set`;
  const field = ['spec', 'scaleTargetRef', 'kind'];
  return [findingOn(autoscaler, 'AutoscalerIdle', { severity: 'error', field, message })];
}

/**
 * "Pods by selector … are controlled by multiple HPAs": then none of them scales by its metrics (AmbiguousSelector).
 */
function withRival(autoscaler: PlannedObject, { name }: KnownTarget, other: string | undefined): readonly Finding[] {
  if (other === undefined) return [];
  const message = `${other} scales ${name}, too: neither of them does it by its metrics`;
  const field = ['spec', 'scaleTargetRef', 'name'];
  const help = 'make one of the two: an autoscaler may have several metrics, and follows the one that asks for most';
  return [findingOn(autoscaler, 'AutoscalerIdle', { severity: 'error', field, message, help })];
}

/** One that somebody made by hand. */
function undeclaredRival(
  { objects, before, live }: RuleSnapshot,
  { id }: PlannedObject,
  targetKey: string,
): string | undefined {
  for (const object of live?.list(KIND, id.namespace ?? 'default') ?? []) {
    const { apiVersion, kind, metadata } = object;
    const { name = '', namespace = 'default' } = metadata ?? {};
    const rival = { apiVersion, kind, name, namespace };
    const key = storageKeyOf(rival);
    if (!objects.has(key) && !before.has(key) && targetOf(object)?.key === targetKey) return formatObject(rival);
  }
  return undefined;
}

interface KnownTarget {
  /** The same for the same object in every version of its API. */
  readonly key: string;
  /** `Deployment/shop/web`. */
  readonly name: string;
  readonly info: KindInfo;
}

/** `undefined` for kinds that nobody here knows. */
function targetOf(autoscaler: KubernetesObject): KnownTarget | undefined {
  const reference = (specOf(autoscaler)['scaleTargetRef'] ?? {}) as Reference;
  const { apiVersion = 'v1', kind = '', name = '' } = reference;
  const info = findKind(apiVersion, kind);
  if (info === undefined || name === '') return undefined;
  const id = { apiVersion, kind, name, namespace: autoscaler.metadata?.namespace ?? 'default' };
  return { key: storageKeyOf(id), name: formatObject(id), info };
}
