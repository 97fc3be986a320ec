import type { ErrorCode } from '../lib/error-codes.ts';
import type { SourcePlace } from '../lib/errors.ts';
import type { FieldChange } from './diff.ts';
import type { Health } from './health/compute-health.ts';

/** One object by its coordinates. `namespace` is absent for kinds that have none. */
export interface ObjectId {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** Where in the repository an object was declared. */
export interface Origin {
  readonly path: string;
  readonly line: number;
}

/**
 * What happens to one object, in the words of Flux's change sets: `created`, `configured`, `unchanged`, `deleted`, or
 * `skipped` because the object's own annotations ask to be left alone or a Job has run; and `replaced` where it is
 * deleted and made anew, because a field changes that may not.
 */
export type ChangeAction = 'created' | 'configured' | 'replaced' | 'unchanged' | 'deleted' | 'skipped';

export interface Change {
  readonly action: ChangeAction;
  readonly id: ObjectId;
  /** Differing fields, for `configured` and `replaced`. */
  readonly fields: readonly FieldChange[];
  /** Fields that Git sets and somebody else rightly owns, as `spec.replicas (horizontal-pod-autoscaler)`. */
  readonly ceded: readonly string[];
  readonly origin?: Origin;
  /** Why it was skipped, is replaced or is deleted. */
  readonly reason?: string;
}

/** Why one object cannot be applied, before anything was. */
export interface ChangeProblem {
  readonly id: ObjectId;
  readonly code: ErrorCode;
  readonly message: string;
  readonly field?: string;
  readonly place?: SourcePlace;
  /** Default: what the table of codes says. */
  readonly help?: string;
}

/** What applying one application's commit does, or why it does nothing. */
export interface ChangeSet {
  readonly application: string;
  readonly changes: readonly Change[];
  readonly problems: readonly ChangeProblem[];
}

export type ChangeCounts = Readonly<Record<ChangeAction, number>>;

export function countChanges(changes: readonly Change[]): ChangeCounts {
  const counts = { created: 0, configured: 0, replaced: 0, unchanged: 0, deleted: 0, skipped: 0 };
  for (const change of changes) counts[change.action]++;
  return counts;
}

/** Whether anything would be written. */
export function hasChanges(changes: readonly Change[]): boolean {
  return changes.some(({ action }) => isWritten(action) || action === 'deleted');
}

/** Whether the object is there in a new form afterwards. */
export function isWritten(action: ChangeAction): boolean {
  return action === 'created' || action === 'configured' || action === 'replaced';
}

/** `2 created, 1 configured, 7 unchanged`; what did not happen is left out. */
export function formatCounts(counts: ChangeCounts): string {
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  return parts.length === 0 ? 'nothing declared' : parts.map(([action, count]) => `${count} ${action}`).join(', ');
}

/** An object of an application with its health, as the status shows it. */
export interface ObjectHealth {
  readonly id: ObjectId;
  readonly health: Health;
}
