import { formatTime } from '../../lib/clock.ts';
import { newNameSuffix, newUid } from '../../lib/ids.ts';
import { jsonEqual } from '../../lib/json.ts';
import type { KindInfo } from '../../objects/kinds.ts';
import type { KubernetesObject, ObjectMeta, StoredMeta, StoredObject } from '../../objects/types.ts';
import { ApiError } from '../api-error.ts';
import { asStored, type WriteScope } from '../context.ts';
import { definedFields, fieldsWithout } from '../defined-fields.ts';
import { badRequest, forbidden, invalid, notFound, staleWrite } from '../failures.ts';
import { keyOf, requireKind } from '../kind-lookup.ts';

type NamedMeta = ObjectMeta & { readonly name: string };

/** Room for the suffix in a name of 63 characters (k8s.io/apiserver/pkg/storage/names). */
const GENERATED_BASE_LENGTH = 58;
/** Kubernetes 1.30+: "the server will retry up to 7 times" when a generated name is taken. */
const GENERATE_ATTEMPTS = 8;

/**
 * The metadata of a new object: what the writer may set, and what only the registry sets. `managedFields` and version
 * come later.
 */
export function newMetadata(scope: WriteScope, input: KubernetesObject): NamedMeta {
  const given = withoutEmptyFields(input.metadata ?? {});
  if (given.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
  const namespace = namespaceOf(scope.kind, given);
  if (namespace !== undefined) requireLiveNamespace(scope, namespace, given.name ?? given.generateName ?? '');
  const name = given.name ? given.name : generateName(scope, namespace, given.generateName);
  const metadata: NamedMeta = {
    name,
    uid: scope.uid ?? newUid(scope.context.random),
    creationTimestamp: formatTime(scope.context.clock.wallMs()),
    ...fieldsWithout(given, SERVER_FIELDS),
  };
  if (namespace !== undefined) metadata.namespace = namespace;
  if (hasGeneration(scope.kind)) metadata.generation = 1;
  return metadata;
}

const COLLECTIONS = ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const;

/** "omitempty": the collections of `metadata` are the same empty as absent. */
function withoutEmptyFields(metadata: ObjectMeta): ObjectMeta {
  const empty = COLLECTIONS.filter((field) => {
    const collection = metadata[field];
    return collection !== undefined && collection !== null && Object.keys(collection).length === 0;
  });
  return empty.length === 0 ? metadata : fieldsWithout(metadata, new Set<string>(empty));
}

/** What a writer may name and does not decide. */
const SERVER_FIELDS: ReadonlySet<string> = new Set([
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'generation',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'resourceVersion',
  'managedFields',
]);

/**
 * "A sequence number representing a specific generation of the desired state": the kinds whose desired state a
 * controller follows have one; ConfigMaps, Secrets, Services and the other plain records of the core group have none in
 * Kubernetes either.
 */
function hasGeneration(kind: KindInfo): boolean {
  if (kind.group === '') return kind.kind === 'Pod';
  return kind.group !== 'rbac.authorization.k8s.io' && kind.group !== 'coordination.k8s.io';
}

function namespaceOf(kind: KindInfo, given: ObjectMeta): string | undefined {
  if (kind.namespaced) return given.namespace ? given.namespace : 'default';
  if (!given.namespace) return undefined;
  const message = 'not allowed on this type';
  const problem = {
    code: 'FieldValueForbidden',
    severity: 'error',
    path: ['metadata', 'namespace'],
    at: 'value',
    message,
  } as const;
  throw invalid(kind, given.name ?? '', [problem]);
}

const NAMESPACE = { apiVersion: 'v1', kind: 'Namespace' };

/** Nothing is created in a namespace that is not there, or that is going away ("NamespaceLifecycle" admission). */
function requireLiveNamespace(scope: WriteScope, namespace: string, name: string): void {
  const kind = requireKind(NAMESPACE);
  const entry = scope.transaction.get(keyOf(kind, { name: namespace }));
  if (entry === undefined) throw notFound(kind, namespace);
  if (asStored(entry.value).metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  throw forbidden(scope.kind, name, why, [cause]);
}

function generateName(scope: WriteScope, namespace: string | undefined, base: string | undefined): string {
  if (!base) {
    const problem = {
      code: 'FieldValueRequired',
      severity: 'error',
      path: ['metadata', 'name'],
      at: 'value',
      message: 'name or generateName is required',
    } as const;
    throw invalid(scope.kind, '', [problem]);
  }
  for (let attempt = 0; attempt < GENERATE_ATTEMPTS; attempt++) {
    const name = `${base.slice(0, GENERATED_BASE_LENGTH)}${newNameSuffix(scope.context.random)}`;
    if (scope.transaction.get(keyOf(scope.kind, { namespace, name })) === undefined) return name;
  }
  throw new ApiError('AlreadyExists', `the generated names of ${base} are all taken; try again`);
}

/** What an update may not change is taken over; what would be lost without notice is refused. */
export function carriedMetadata(scope: WriteScope, previous: StoredObject, input: KubernetesObject): NamedMeta {
  const old = previous.metadata;
  const given = withoutEmptyFields(input.metadata ?? {});
  requireCurrent(scope, previous, given);
  refuseNewFinalizers(scope, old, given);
  return definedFields<NamedMeta>({
    ...given,
    name: old.name,
    namespace: old.namespace,
    uid: old.uid,
    creationTimestamp: old.creationTimestamp,
    deletionTimestamp: old.deletionTimestamp,
    deletionGracePeriodSeconds: old.deletionGracePeriodSeconds,
    generation: old.generation,
    generateName: old.generateName,
    selfLink: undefined,
    resourceVersion: old.resourceVersion,
    managedFields: old.managedFields,
  });
}

/** Refuses a write that was made of another version, or of another object of the same name. */
export function requireCurrent(scope: WriteScope, { metadata: old }: StoredObject, given: ObjectMeta): void {
  if (given.resourceVersion && given.resourceVersion !== old.resourceVersion) throw staleWrite(scope.kind, old.name);
  if (given.uid && given.uid !== old.uid) {
    const why = `Precondition failed: UID in precondition: ${given.uid}, UID in object meta: ${old.uid}`;
    throw new ApiError('Conflict', `Operation cannot be fulfilled on ${scope.kind.plural} "${old.name}": ${why}`);
  }
}

/** "No new finalizers can be added if the object is being deleted" (ValidateObjectMetaAccessorUpdate). */
function refuseNewFinalizers(scope: WriteScope, old: StoredMeta, given: ObjectMeta): void {
  if (old.deletionTimestamp === undefined) return;
  const before = new Set(old.finalizers ?? []);
  const added = (given.finalizers ?? []).filter((finalizer) => !before.has(finalizer));
  if (added.length === 0) return;
  const message = `no new finalizers can be added if the object is being deleted, found new finalizers ${JSON.stringify(added)}`;
  const problem = {
    code: 'FieldValueForbidden',
    severity: 'error',
    path: ['metadata', 'finalizers'],
    at: 'value',
    message,
  } as const;
  throw invalid(scope.kind, old.name, [problem]);
}

/** Whether two versions differ in anything but the registry's own bookkeeping. */
export function isSameObject(a: KubernetesObject, b: KubernetesObject): boolean {
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (key !== 'metadata' && !jsonEqual(a[key], b[key])) return false;
  }
  return jsonEqual(withoutBookkeeping(a.metadata), withoutBookkeeping(b.metadata));
}

function withoutBookkeeping(metadata: ObjectMeta | undefined): object {
  return { ...metadata, managedFields: undefined, resourceVersion: undefined };
}

/** Whether the desired state differs: anything but `metadata` and `status`. */
export function isDesiredStateChanged(next: KubernetesObject, previous: KubernetesObject): boolean {
  for (const key of new Set([...Object.keys(next), ...Object.keys(previous)])) {
    if (key !== 'metadata' && key !== 'status' && !jsonEqual(next[key], previous[key])) return true;
  }
  return false;
}
