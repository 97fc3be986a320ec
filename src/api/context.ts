import type { Clock } from '../lib/clock.ts';
import type { JsonObject } from '../lib/json.ts';
import type { Random } from '../lib/random.ts';
import type { FieldProblem } from '../objects/field-problem.ts';
import type { KindInfo } from '../objects/kinds.ts';
import type { KubernetesObject, StoredObject } from '../objects/types.ts';
import type { Store, Transaction } from '../store/store.ts';
import type { Identity, WriteOptions } from './client.ts';

/** What the layers below know of objects; injected, so that tests can do without and a later kind can bring its own. */
export interface ObjectRules {
  /** Fills in what Kubernetes fills in; returns the same object when nothing was missing. */
  applyDefaults(object: KubernetesObject): KubernetesObject;
  /** `previous` is what it takes the place of: a few rules let pass what was wrong before and stays as it is. */
  validateObject(object: KubernetesObject, options?: { readonly previous?: KubernetesObject }): readonly FieldProblem[];
  /** The status alone, of an object whose rest is as it was. */
  validateStatus(object: KubernetesObject): readonly FieldProblem[];
  /** Whether `object` may replace `previous`: immutable fields and the like. */
  validateUpdate(object: KubernetesObject, previous: KubernetesObject): readonly FieldProblem[];
}

/** One write, as an admission function sees it: after defaulting, before validation. */
export interface AdmissionRequest {
  readonly verb: 'create' | 'update' | 'delete';
  readonly identity: Identity;
  readonly kind: KindInfo;
  readonly subresource: WriteOptions['subresource'] | undefined;
  readonly dryRun: boolean;
  /** The object as it would be stored; for a deletion the one that would go. */
  readonly object: KubernetesObject;
  readonly previous: StoredObject | undefined;
}

/**
 * `undefined` lets the request pass; errors forbid it, and warnings are told to who asked; an object takes its place.
 */
export type AdmissionResult =
  | { readonly problems: readonly FieldProblem[] }
  | { readonly object: KubernetesObject }
  | undefined;

/**
 * A pure function of the request that may change or forbid it: policies, quotas. They run in the order in which they
 * are given.
 */
export type Admission = (request: AdmissionRequest) => AdmissionResult;

/** What every verb works with. */
export interface RegistryContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly rules: ObjectRules;
  readonly admission: readonly Admission[];
  /** Range of service addresses, `10.96.0.0/16`. */
  readonly serviceCidr: string;
  readonly nodePortRange: { readonly min: number; readonly max: number };
  /** Whether it is kept who wrote which field of a status. */
  readonly tracksStatus: boolean;
}

/** One write in progress. */
export interface WriteScope {
  readonly context: RegistryContext;
  readonly transaction: Transaction;
  readonly identity: Identity;
  readonly kind: KindInfo;
  readonly dryRun: boolean;
  readonly options: Pick<WriteOptions, 'subresource' | 'fieldValidation' | 'onWarning'>;
  /** The uid of the object that is created here, where it is not to be drawn. */
  readonly uid?: string;
}

/**
 * A stored value as the object that it is: everything in the store went through the registry, which is what the type
 * says of it.
 */
export function asStored(value: JsonObject): StoredObject {
  return value as unknown as StoredObject;
}
