import { formatTime, parseTime } from '../../lib/clock.ts';
import { FOREGROUND_FINALIZER, ORPHAN_FINALIZER } from '../../objects/finalizers.ts';
import { whyImmortal } from '../../objects/immortal-objects.ts';
import { isPodTerminal } from '../../objects/pods.ts';
import type { ObjectMeta, Pod, StoredObject } from '../../objects/types.ts';
import type { DeleteOptions } from '../client.ts';
import type { WriteScope } from '../context.ts';
import { conflict, forbidden } from '../failures.ts';
import { keyOf } from '../kind-lookup.ts';
import { admit, isHeldNamespace, putObject, removeObject, withMetadata } from './write-object.ts';

/** What a pod gets when neither it nor the request says otherwise (core/v1 PodSpec). */
const DEFAULT_GRACE_SECONDS = 30;

/**
 * "When an object is deleted, the API server sets metadata.deletionTimestamp while finalizers or a grace period hold
 * it, and removes it once they no longer do" (Finalizers; Pod Lifecycle).
 */
export function deleteObject(scope: WriteScope, current: StoredObject, options: DeleteOptions): StoredObject {
  checkPreconditions(scope, current, options);
  const whyNot = whyImmortal(scope.kind.kind, current.metadata.name);
  if (whyNot !== undefined) throw forbidden(scope.kind, current.metadata.name, whyNot);
  admit(scope, 'delete', current, current);

  const graceSeconds = graceSecondsOf(current, options);
  const finalizers = finalizersFor(current.metadata.finalizers ?? [], options);
  const isHeld = finalizers.length > 0 || isHeldNamespace(current) || graceSeconds > 0;
  if (!isHeld) return removeObject(scope, current);
  const marked = markForDeletion(scope, current, finalizers, graceSeconds);
  return marked === current ? current : putObject(scope, keyOf(scope.kind, current.metadata), marked);
}

function checkPreconditions(scope: WriteScope, current: StoredObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const { metadata } = current;
  if (uid !== undefined && uid !== metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`;
    throw conflict(scope.kind, metadata.name, why);
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const meta = `ResourceVersion in object meta: ${metadata.resourceVersion}`;
    const why = `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ${meta}`;
    throw conflict(scope.kind, metadata.name, why);
  }
}

function isPod(object: StoredObject): object is Pod & StoredObject {
  return object.kind === 'Pod' && object.apiVersion === 'v1';
}

/**
 * "If the pod is not scheduled, or has finished, it is deleted at once" (podStrategy.CheckGracefulDelete). Only pods
 * have a grace period; once one runs, it can be shortened, not prolonged.
 */
function graceSecondsOf(object: StoredObject, options: DeleteOptions): number {
  if (!isPod(object)) return 0;
  const running = object.metadata.deletionGracePeriodSeconds;
  const asked = options.gracePeriodSeconds;
  if (running !== undefined) return Math.min(running, asked ?? running);
  if (!object.spec?.nodeName || isPodTerminal(object)) return 0;
  const seconds = asked ?? object.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
  return seconds < 0 ? 1 : seconds;
}

/**
 * Each policy stands for itself: Foreground waits for the dependents, Orphan lets them go, Background leaves them to
 * the collector.
 */
function finalizersFor(finalizers: readonly string[], options: DeleteOptions): readonly string[] {
  const kept = finalizers.filter((finalizer) => finalizer !== FOREGROUND_FINALIZER && finalizer !== ORPHAN_FINALIZER);
  // "If a finalizer is set in the object, it overrides the default" (shouldOrphanDependents).
  const isSaid = kept.length < finalizers.length;
  const policy = options.propagationPolicy ?? (options.orphansByDefault === true && !isSaid ? 'Orphan' : undefined);
  if (policy === undefined) return finalizers;
  if (policy === 'Foreground') return [...kept, FOREGROUND_FINALIZER];
  return policy === 'Orphan' ? [...kept, ORPHAN_FINALIZER] : kept;
}

function markForDeletion(
  scope: WriteScope,
  current: StoredObject,
  finalizers: readonly string[],
  graceSeconds: number,
): StoredObject {
  const { metadata } = current;
  const before = metadata.finalizers ?? [];
  const isSameGrace = (metadata.deletionGracePeriodSeconds ?? 0) === graceSeconds;
  const isSameHold = before.length === finalizers.length && finalizers.every((finalizer) => before.includes(finalizer));
  if (metadata.deletionTimestamp !== undefined && isSameGrace && isSameHold) return current;

  const requestedMs = requestTimeMs(metadata) ?? scope.context.clock.wallMs();
  const isFirst = metadata.deletionTimestamp === undefined;
  const marked = withMetadata(current, {
    deletionTimestamp: formatTime(requestedMs + graceSeconds * 1000),
    deletionGracePeriodSeconds: graceSeconds,
    finalizers: finalizers.length === 0 ? undefined : [...finalizers],
    // "Deletion is a change of the desired state": controllers compare generations to see it (rest.BeforeDelete).
    generation: isFirst && metadata.generation !== undefined ? metadata.generation + 1 : metadata.generation,
  });
  const object = isHeldNamespace(current)
    ? { ...marked, status: { ...statusOf(current), phase: 'Terminating' } }
    : marked;
  return object as StoredObject;
}

function statusOf(object: StoredObject): object {
  return (object['status'] as object | undefined) ?? {};
}

/** When the deletion was asked for: the timestamp lies a grace period after that. */
function requestTimeMs(metadata: ObjectMeta): number | undefined {
  const dueMs = parseTime(metadata.deletionTimestamp);
  return dueMs === undefined ? undefined : dueMs - (metadata.deletionGracePeriodSeconds ?? 0) * 1000;
}
