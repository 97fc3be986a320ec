import { formatTime } from '../../lib/clock.ts';
import type { JsonValue } from '../../lib/json.ts';
import { setCondition } from '../../objects/conditions.ts';
import type { KindInfo } from '../../objects/kinds.ts';
import { kindOf } from '../../objects/kinds.ts';
import type { KubernetesObject, Pod, StoredObject } from '../../objects/types.ts';
import type {
  ApplyOptions,
  ApplyResult,
  DeleteOptions,
  Identity,
  ObjectName,
  ObjectReference,
  PatchType,
  WriteOptions,
} from '../client.ts';
import { asStored, type RegistryContext, type WriteScope } from '../context.ts';
import { conflict, notFound } from '../failures.ts';
import { keyOf, requireKind } from '../kind-lookup.ts';
import { applyObject } from './apply.ts';
import { deleteObject } from './delete.ts';
import { patchObject } from './patch.ts';
import { replaceScale } from './scale.ts';
import { trackWrite } from './track-fields.ts';
import { insertObject, replaceObject, replaceStatus, replaceWhole } from './write-object.ts';

function inScope<T>(
  context: RegistryContext,
  identity: Identity,
  kind: KindInfo,
  options: WriteScope['options'] & { readonly dryRun?: boolean },
  body: (scope: WriteScope) => T,
): T {
  return context.store.transact((transaction) =>
    body({ context, transaction, identity, kind, dryRun: options.dryRun === true, options }),
  );
}

export function create(
  context: RegistryContext,
  identity: Identity,
  object: KubernetesObject,
  options: WriteOptions & { readonly uid?: string },
): StoredObject {
  return inScope(context, identity, requireKind(object), options, (scope) => {
    const insertion = options.uid === undefined ? scope : { ...scope, uid: options.uid };
    return insertObject(insertion, object, trackWrite(insertion, undefined, undefined));
  });
}

export function update(
  context: RegistryContext,
  identity: Identity,
  object: KubernetesObject,
  options: WriteOptions,
): StoredObject {
  return inScope(context, identity, requireKind(object), options, (scope) => {
    const current = requireObject(scope, nameOf(object));
    return replace(scope, current, object, options.subresource);
  });
}

/** Replaces what the (sub)resource covers. */
export function replace(
  scope: WriteScope,
  current: StoredObject,
  object: KubernetesObject,
  subresource: WriteOptions['subresource'],
): StoredObject {
  const track = trackWrite(scope, current, subresource);
  if (subresource === 'status') return replaceStatus(scope, current, object, track);
  if (subresource === 'scale') return replaceScale(scope, current, object, track);
  return replaceObject(scope, current, object, track);
}

export function patch(
  context: RegistryContext,
  identity: Identity,
  reference: ObjectReference,
  type: PatchType,
  change: JsonValue,
  options: WriteOptions,
): StoredObject {
  return inScope(context, identity, requireKind(reference), options, (scope) => {
    const current = requireObject(scope, reference);
    const { subresource } = options;
    return replace(scope, current, patchObject(scope.kind, current, type, change, subresource), subresource);
  });
}

export function apply(
  context: RegistryContext,
  identity: Identity,
  object: KubernetesObject,
  options: ApplyOptions,
): ApplyResult<StoredObject> {
  return inScope(context, identity, requireKind(object), options, (scope) => applyObject(scope, object, options));
}

export function remove(
  context: RegistryContext,
  identity: Identity,
  reference: ObjectReference,
  options: DeleteOptions,
): StoredObject {
  return inScope(context, identity, requireKind(reference), options, (scope) =>
    deleteObject(scope, requireObject(scope, reference), options),
  );
}

/**
 * "A binding ties a pod to a node; it is refused for a pod that has a node or is being deleted"
 * (BindingREST.assignPod).
 */
export function bind(context: RegistryContext, identity: Identity, name: ObjectName, nodeName: string): void {
  inScope(context, identity, kindOf('Pod'), {}, (scope) => {
    const current = requireObject(scope, name) as StoredObject & Pod;
    if (current.metadata.deletionTimestamp !== undefined) {
      throw conflict(scope.kind, name.name, `pod ${name.name} is being deleted, cannot be assigned to a host`);
    }
    if (current.spec?.nodeName) {
      throw conflict(scope.kind, name.name, `pod ${name.name} is already assigned to node "${current.spec.nodeName}"`);
    }
    const nowMs = context.clock.wallMs();
    const scheduled = { type: 'PodScheduled', status: 'True', lastTransitionTime: formatTime(nowMs) };
    const conditions = setCondition(current.status?.conditions, scheduled, nowMs);
    replaceWhole(scope, current, {
      ...current,
      spec: { ...current.spec, nodeName },
      status: { ...current.status, conditions },
    });
  });
}

/** `finalize` of a namespace: sets `spec.finalizers`, which nothing else can; the last one gone, the namespace goes. */
export function finalizeNamespace(
  context: RegistryContext,
  identity: Identity,
  name: string,
  finalizers: readonly string[],
): StoredObject {
  return inScope(context, identity, kindOf('Namespace'), {}, (scope) => {
    const current = requireObject(scope, { name });
    return replaceWhole(scope, current, { ...current, spec: { finalizers: [...finalizers] } });
  });
}

function nameOf(object: KubernetesObject): ObjectName {
  return { namespace: object.metadata?.namespace ?? 'default', name: object.metadata?.name ?? '' };
}

export function requireObject(scope: WriteScope, name: ObjectName): StoredObject {
  const entry = scope.transaction.get(keyOf(scope.kind, name));
  if (entry === undefined) throw notFound(scope.kind, name.name);
  return asStored(entry.value);
}
