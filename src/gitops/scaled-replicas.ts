import type { Client } from '../api/client.ts';
import { isJsonObject, type JsonObject } from '../lib/json.ts';
import { findKind, storageKeyOf } from '../objects/index.ts';
import type { KubernetesObject } from '../objects/types.ts';
import type { InventoryEntry, ObjectId } from '../plan/index.ts';
import type { DeclaredObject } from './application.ts';

/** What a manifest says about `spec.replicas` of a kind that can be scaled. */
export function declaredReplicas({ id, decode }: Pick<DeclaredObject, 'id' | 'decode'>): number | undefined {
  if (findKind(id.apiVersion, id.kind)?.hasScale !== true) return undefined;
  const { replicas } = specOf(decode());
  return typeof replicas === 'number' ? replicas : undefined;
}

/**
 * Whether Git's number is the one that was applied last. An entry of a version that did not note it tells by the whole
 * manifest.
 */
export function isReplicasAsApplied(
  known: InventoryEntry | undefined,
  digest: string,
  replicas: number | undefined,
): boolean {
  return known !== undefined && (known.digest === digest || known.replicas === replicas);
}

/**
 * Whether a HorizontalPodAutoscaler that lives, or is about to be made from what is declared beside it, has this as its
 * target: "scaleTargetRef points to the target resource to scale" (autoscaling/v2), in its own namespace.
 */
export function isAutoscaled(client: Client, declared: readonly DeclaredObject[], id: ObjectId): boolean {
  const { namespace, kind, name } = id;
  if (namespace === undefined) return false;
  const isTarget = (autoscaler: object) => {
    const target = scaleTargetOf(autoscaler);
    return target['kind'] === kind && target['name'] === name;
  };
  if (client.list('HorizontalPodAutoscaler', { namespace }).some(isTarget)) return true;
  return declared.some(
    (one) => one.id.kind === 'HorizontalPodAutoscaler' && one.id.namespace === namespace && isTarget(one.decode()),
  );
}

/**
 * The key of what an autoscaler scaled until now, when it has gone or turned to something else: Git's number counts
 * again.
 */
export function releasedScaleTarget(
  object: KubernetesObject | undefined,
  previous: KubernetesObject | undefined,
): string | undefined {
  if (previous?.kind !== 'HorizontalPodAutoscaler') return undefined;
  const { apiVersion, kind, name } = scaleTargetOf(previous);
  const { namespace } = previous.metadata ?? {};
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string') return undefined;
  const now = object === undefined ? {} : scaleTargetOf(object);
  if (now['kind'] === kind && now['name'] === name) return undefined;
  if (namespace === undefined || findKind(apiVersion, kind) === undefined) return undefined;
  return storageKeyOf({ apiVersion, kind, namespace, name });
}

function scaleTargetOf(autoscaler: object): JsonObject {
  const { scaleTargetRef } = specOf(autoscaler);
  return isJsonObject(scaleTargetRef) ? scaleTargetRef : {};
}

function specOf(object: object): JsonObject {
  const { spec } = object as { readonly spec?: unknown };
  return isJsonObject(spec) ? spec : {};
}
