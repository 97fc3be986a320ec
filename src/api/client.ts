import type { JsonValue } from '../lib/json.ts';
import type { Inherits } from '../objects/ownership/inherit-fields.ts';
import type { KindTypes, KnownKind, KubernetesObject, StoredObject } from '../objects/types.ts';

/**
 * Who asks: the user (for access control and the audit) and the name under which the fields that it writes are owned.
 */
export interface Identity {
  readonly user: string;
  readonly fieldManager: string;
}

/** Names one object. `namespace` is left out for kinds that have none. */
export interface ObjectName {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** Names one object of any kind. */
export interface ObjectReference extends ObjectName {
  readonly apiVersion: string;
  readonly kind: string;
}

export interface ListOptions {
  /** All namespaces when left out. */
  readonly namespace?: string;
  /** Kubernetes' text form: `app=web,tier in (a,b),!canary`. */
  readonly labelSelector?: string;
  /** Kubernetes' text form, for the fields that the kind offers: `metadata.name=x,spec.nodeName=y`. */
  readonly fieldSelector?: string;
  /** Only objects with an owner reference to this uid; served from an index. */
  readonly ownerUid?: string;
}

export interface WriteOptions {
  /** Validates and computes the result, and writes nothing. */
  readonly dryRun?: boolean;
  readonly subresource?: 'status' | 'scale';
  /**
   * What to do with fields that the kind does not have. Default: `Strict`, an error; over HTTP `Warn`, which drops
   * them.
   */
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
  /** Told of everything that is not an error, for instance of a field that nothing acts on. */
  readonly onWarning?: (message: string) => void;
}

export interface DeleteOptions {
  readonly dryRun?: boolean;
  /** Default: `Background`, as the API server does it. */
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
  /** Lets the dependents go where neither `propagationPolicy` nor a finalizer says what becomes of them. */
  readonly orphansByDefault?: boolean;
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

export interface ApplyOptions extends Pick<WriteOptions, 'fieldValidation' | 'onWarning'> {
  readonly fieldManager: string;
  /** Takes over fields that others own instead of failing with a conflict. */
  readonly force?: boolean;
  readonly dryRun?: boolean;
  /**
   * Decides each conflict by itself instead of `force`: `take` the field over, `cede` it (the owner's value stays and
   * this manager does not own the field), or `fail`.
   */
  readonly resolveConflict?: (conflict: ApplyConflict) => 'take' | 'cede' | 'fail';
  /** Whose fields count as this one's: what it does not apply of them goes. */
  readonly inheritsFrom?: Inherits;
}

/** A field that an apply sets to another value than the one that somebody else owns. */
export interface ApplyConflict {
  /** Field manager of the owner. */
  readonly manager: string;
  /** `scale` when it was set through that subresource. */
  readonly subresource: string;
  /** `spec.replicas`. */
  readonly field: string;
}

export interface ApplyResult<T> {
  readonly object: T;
  readonly action: 'created' | 'configured' | 'unchanged';
  /** Conflicts that were ceded, sorted by field. */
  readonly ceded: readonly ApplyConflict[];
}

export type PatchType = 'json' | 'merge' | 'strategic';

export type WatchEvent<T> = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
  readonly previous: T | undefined;
  readonly revision: number;
};

export interface EventInput {
  readonly regarding: KubernetesObject | StoredObject;
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, from the closed set of the component that reports. */
  readonly reason: string;
  readonly message: string;
  /** The reporting component: `deployment-controller`, `kubelet`. */
  readonly component: string;
  /** The part of the object that is meant: `spec.containers{app}`. */
  readonly fieldPath?: string;
}

/**
 * The one door to the API objects, for components inside the process. Every call is synchronous and sees the newest
 * revision, inside a transaction its own writes too. Objects are frozen and shared. Failures are `ApiError`s with
 * Kubernetes' reasons.
 *
 * Kinds are named by their `kind` where Berth knows them (`'Pod'`), else by an `ObjectReference`.
 */
export interface Client {
  readonly identity: Identity;
  /** The same door for somebody else. */
  as(identity: Identity): Client;
  /** The newest revision. */
  readonly revision: number;
  /**
   * Resolves once everything up to `revision` (default: the newest) is on disk: call it before anything leaves the
   * process.
   */
  durable(revision?: number): Promise<void>;

  /** Runs `body` in one tick: all its writes are one revision, or none when it throws. */
  transaction<T>(body: () => T): T;
  /**
   * Runs `body` as a transaction that is always undone, and returns what it returned: what would become of a whole
   * series of writes that build on each other. Nobody is told of them, and no event is recorded.
   */
  dryRun<T>(body: () => T): T;

  /** `undefined` when it does not exist. */
  get<K extends KnownKind>(kind: K, name: ObjectName): KindTypes[K] | undefined;
  getObject(reference: ObjectReference): StoredObject | undefined;
  /** Sorted as Kubernetes sorts them: by `namespace/name`. */
  list<K extends KnownKind>(kind: K, options?: ListOptions): readonly KindTypes[K][];
  listObjects(
    kind: { readonly apiVersion: string; readonly kind: string },
    options?: ListOptions,
  ): readonly StoredObject[];

  /** Reasons: `AlreadyExists`, `Invalid`, `Forbidden`, `NotFound` (the namespace). */
  create<T extends KubernetesObject | KindTypes[KnownKind]>(object: T, options?: WriteOptions): StoredObject;
  /**
   * Replaces; with a `resourceVersion` that is not the stored one: `Conflict`. An update that changes nothing writes
   * nothing.
   */
  update(object: KubernetesObject | KindTypes[KnownKind], options?: WriteOptions): StoredObject;
  /** Replaces `status` only. */
  updateStatus(object: KubernetesObject | KindTypes[KnownKind]): StoredObject;
  patch(reference: ObjectReference, type: PatchType, patch: JsonValue, options?: WriteOptions): StoredObject;
  /** Server-side apply. Reason `Conflict` with one cause per field that somebody else owns, unless forced. */
  apply(object: KubernetesObject, options: ApplyOptions): ApplyResult<StoredObject>;
  /**
   * Returns the object as it is left: gone, or marked for deletion while finalizers or a grace period hold it.
   * `NotFound` otherwise.
   */
  delete(reference: ObjectReference, options?: DeleteOptions): StoredObject;
  /** Sets `spec.nodeName` of a pod that has none, as the `binding` subresource does; `Conflict` when it has one. */
  bind(pod: ObjectName, nodeName: string): void;

  /** Calls back in the same tick as each commit, once per event, in order. Returns what stops it. */
  watch<K extends KnownKind>(kind: K, onEvent: (event: WatchEvent<KindTypes[K]>) => void): () => void;
  watchAll(onEvent: (event: WatchEvent<StoredObject>) => void): () => void;

  /**
   * Records an event about an object; equal ones are counted up instead of written anew, and their number is bounded.
   */
  recordEvent(event: EventInput): void;
}
