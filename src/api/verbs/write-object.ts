import { isJsonObject, jsonEqual } from '../../lib/json.ts';
import type { FieldProblem } from '../../objects/field-problem.ts';
import type { KubernetesObject, ObjectMeta, StoredObject } from '../../objects/types.ts';
import { type AdmissionRequest, asStored, type WriteScope } from '../context.ts';
import { definedFields } from '../defined-fields.ts';
import { alreadyExists, notAdmitted } from '../failures.ts';
import { frozenCopy } from '../frozen-copy.ts';
import { keyOf } from '../kind-lookup.ts';
import { strategyOf } from '../strategies/strategy-of.ts';
import { carriedMetadata, isDesiredStateChanged, isSameObject, newMetadata, requireCurrent } from './metadata.ts';
import { validated } from './validate.ts';

type ManagedFields = ObjectMeta['managedFields'];
/**
 * Computes `metadata.managedFields` of what is about to be stored; `isChanged` says whether it differs from what was.
 */
export type TrackFields = (draft: KubernetesObject, isChanged: boolean) => ManagedFields;

/** Stores a new object: the part that `create` and an `apply` of an absent object share. */
export function insertObject(scope: WriteScope, input: KubernetesObject, track: TrackFields): StoredObject {
  const { kind, transaction, context } = scope;
  const strategy = strategyOf(kind);
  const metadata = newMetadata(scope, input);
  const key = keyOf(kind, metadata);
  if (transaction.get(key) !== undefined) throw alreadyExists(kind, metadata.name);

  const keepsStatus = !kind.hasStatus || strategy.keepsStatusOnCreate === true;
  const written = keepsStatus ? { ...input, metadata } : { ...input, metadata, status: undefined };
  const defaulted = context.rules.applyDefaults(asDraft(written));
  const admitted = admit(scope, 'create', defaulted, undefined);
  const checked = validated(scope, admitted, context.rules.validateObject(admitted));
  const prepared = strategy.prepareCreate?.(scope, checked) ?? checked;
  return putObject(scope, key, prepared, { managedFields: track(checked, true) });
}

/**
 * Stores a new version of an object: the part that `update`, `patch` and `apply` share. Returns `previous` itself, and
 * writes nothing, when nothing changes.
 */
export function replaceObject(
  scope: WriteScope,
  previous: StoredObject,
  input: KubernetesObject,
  track: TrackFields,
): StoredObject {
  const { kind, context } = scope;
  const strategy = strategyOf(kind);
  const metadata = carriedMetadata(scope, previous, input);
  const written = { ...input, apiVersion: previous.apiVersion, kind: previous.kind, metadata };
  const defaulted = context.rules.applyDefaults(asDraft(kind.hasStatus ? withStatusOf(written, previous) : written));
  const prepared = strategy.prepareUpdate?.(scope, defaulted, previous) ?? defaulted;
  return finishReplace(scope, previous, prepared, track, (admitted) => judged(scope, admitted, previous));
}

/**
 * "Ignores errors raised on unchanged fields … across UPDATE/PATCH requests" (CRDValidationRatcheting): Kubernetes does
 * so for custom resources, and Berth for every kind, by what lies directly in the object or its metadata: an error
 * counts unless it was there before, and lies in something that stays as it was. What a Berth of another version has
 * let in can then still be labelled, and can lose the finalizer that its deletion waits for.
 */
function judged(
  { context: { rules } }: WriteScope,
  object: KubernetesObject,
  previous: StoredObject,
): readonly FieldProblem[] {
  const problems = [...rules.validateObject(object, { previous }), ...rules.validateUpdate(object, previous)];
  if (!problems.some(({ severity }) => severity === 'error')) return problems;
  const before = rules.applyDefaults(previous);
  const old = new Set(rules.validateObject(before, { previous }).map(identityOf));
  return problems.filter((problem) => !old.has(identityOf(problem)) || isChangedAt(problem.path, object, before));
}

function identityOf({ code, severity, path, message }: FieldProblem): string {
  return JSON.stringify([code, severity, path, message]);
}

function isChangedAt([field, part]: FieldProblem['path'], next: KubernetesObject, before: KubernetesObject): boolean {
  if (typeof field !== 'string' || field === 'apiVersion' || field === 'kind') return true;
  const [after, was] = [next[field], before[field]];
  const isPart = field === 'metadata' && typeof part === 'string' && isJsonObject(after) && isJsonObject(was);
  return isPart ? !jsonEqual(after[part], was[part]) : !jsonEqual(after, was);
}

/** "The status subresource ignores changes to anything except the status stanza" (API conventions). */
export function replaceStatus(
  scope: WriteScope,
  previous: StoredObject,
  input: KubernetesObject,
  track: TrackFields,
): StoredObject {
  requireCurrent(scope, previous, input.metadata ?? {});
  const draft = withStatusOf(previous, frozenCopy({ status: input['status'] }));
  const { rules } = scope.context;
  return finishReplace(scope, previous, draft, track, (admitted) =>
    // An admission that puts another object into its place has to answer for all of it.
    admitted === draft ? rules.validateStatus(admitted) : judged(scope, admitted, previous),
  );
}

/**
 * Stores a version that the registry itself made of the current one: bindings and finalizations. Nobody's wishes are in
 * it, so it is not judged again: what a stricter configuration would refuse today still gets its node.
 */
export function replaceWhole(scope: WriteScope, previous: StoredObject, next: KubernetesObject): StoredObject {
  if (isReadyToGo(next, previous)) return removeObject(scope, next);
  const { managedFields, generation } = previous.metadata;
  const isNewGeneration = generation !== undefined && isDesiredStateChanged(next, previous);
  return putObject(scope, keyOf(scope.kind, previous.metadata), next, {
    managedFields,
    ...(isNewGeneration ? { generation: generation + 1 } : {}),
  });
}

function withStatusOf(object: KubernetesObject, source: { readonly [field: string]: unknown }): KubernetesObject {
  if (object['status'] === source['status']) return object;
  const { status: _ignored, ...rest } = object;
  return source['status'] === undefined ? rest : { ...rest, status: source['status'] };
}

function finishReplace(
  scope: WriteScope,
  previous: StoredObject,
  draft: KubernetesObject,
  track: TrackFields,
  judge: (admitted: KubernetesObject) => readonly FieldProblem[],
): StoredObject {
  const isChanged = !isSameObject(draft, previous);
  if (!isChanged && track(draft, false) === previous.metadata.managedFields) return previous;

  const admitted = admit(scope, 'update', draft, previous);
  const checked = validated(scope, admitted, judge(admitted));
  const managedFields = track(checked, isChanged);
  if (isReadyToGo(checked, previous)) return removeObject(scope, withMetadata(checked, { managedFields }));
  const { generation } = previous.metadata;
  const isNewGeneration = generation !== undefined && isDesiredStateChanged(checked, previous);
  return putObject(scope, keyOf(scope.kind, previous.metadata), checked, {
    managedFields,
    ...(isNewGeneration ? { generation: generation + 1 } : {}),
  });
}

/**
 * An object marked for deletion goes with its last finalizer, unless a grace period still holds it
 * (ShouldDeleteDuringUpdate). A namespace is held by `spec.finalizers`, too.
 */
function isReadyToGo(next: KubernetesObject, previous: StoredObject): boolean {
  if (next.metadata?.deletionTimestamp === undefined) return false;
  if ((next.metadata.finalizers ?? []).length > 0) return false;
  if ((previous.metadata.deletionGracePeriodSeconds ?? 0) > 0) return false;
  return !isHeldNamespace(next);
}

export function isHeldNamespace(object: KubernetesObject): boolean {
  if (object.kind !== 'Namespace' || object.apiVersion !== 'v1') return false;
  const spec = object['spec'] as { readonly finalizers?: readonly string[] } | undefined;
  return (spec?.finalizers ?? []).length > 0;
}

/**
 * Writes the object under the revision of this transaction, with what the registry keeps of it; in a dry run only
 * computes what would be written.
 */
export function putObject(
  scope: WriteScope,
  key: string,
  object: KubernetesObject,
  bookkeeping: Pick<MetadataChange, 'managedFields' | 'generation'> = {},
): StoredObject {
  const resourceVersion = scope.dryRun ? object.metadata?.resourceVersion : String(scope.transaction.nextRevision);
  const value = frozenCopy(withMetadata(object, { ...bookkeeping, resourceVersion }));
  if (!scope.dryRun) scope.transaction.put(key, value);
  return asStored(value);
}

/** Takes the object out of the store; returns it as it was last. */
export function removeObject(scope: WriteScope, object: KubernetesObject): StoredObject {
  const last = asStored(frozenCopy(object));
  if (!scope.dryRun) scope.transaction.delete(keyOf(scope.kind, last.metadata));
  return last;
}

type MetadataChange = { readonly [K in keyof ObjectMeta]: ObjectMeta[K] | undefined };

/** The object with some of its metadata replaced; `undefined` takes a field away. */
export function withMetadata(object: KubernetesObject, metadata: MetadataChange): KubernetesObject {
  return { ...object, metadata: definedFields<ObjectMeta>({ ...object.metadata, ...metadata }) };
}

/** Runs the injected policies. They see the whole object and may replace it. */
export function admit(
  scope: WriteScope,
  verb: AdmissionRequest['verb'],
  object: KubernetesObject,
  previous: StoredObject | undefined,
): KubernetesObject {
  const { identity, kind, dryRun } = scope;
  const { subresource } = scope.options;
  let request: AdmissionRequest = { verb, identity, kind, subresource, dryRun, object, previous };
  for (const admission of scope.context.admission) {
    const result = admission(request);
    if (result === undefined) continue;
    if ('object' in result) {
      request = { ...request, object: result.object };
      continue;
    }
    const errors = result.problems.filter((problem) => problem.severity === 'error');
    for (const { severity, message } of result.problems) if (severity === 'warning') scope.options.onWarning?.(message);
    if (errors.length > 0) throw notAdmitted(kind, object.metadata?.name ?? '', errors);
  }
  return request.object;
}

/** Detaches a draft from what its writer handed in, so that whatever is stored shares nothing with it. */
function asDraft(object: KubernetesObject): KubernetesObject {
  return asStored(frozenCopy(object));
}
