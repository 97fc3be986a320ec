import { ERROR_CODES, type ErrorCode } from '../../lib/error-codes.ts';
import type { FieldPath } from '../../objects/field-problem.ts';
import { formatFieldPath, formatObject, storageKeyOf } from '../../objects/index.ts';
import type { KubernetesObject } from '../../objects/types.ts';
import { readPolicies } from '../policies.ts';
import type { Finding, Severity } from './finding.ts';
import type { PlannedObject, PlannedObjects } from './planned-object.ts';

/** One side of a plan, and what is known of the world around it. */
export interface RuleSnapshot {
  /** The side that is looked at. */
  readonly objects: PlannedObjects;
  /** What was declared before; the same as `objects` when that side itself is looked at. */
  readonly before: PlannedObjects;
  /** Whether an object that is not declared is there all the same, made by a person or by a controller. */
  readonly existsLive: (kind: string, namespace: string | undefined, name: string) => boolean;
  /** Pods of a workload that run now, by `Kind/namespace/name`. */
  readonly podsOf: (object: string) => number;
  /** `undefined` where nobody knows what runs: then what was declared before counts as running. */
  readonly live: LiveView | undefined;
  /** Keys of objects that are deleted and made anew. */
  readonly replaced: ReadonlySet<string>;
}

/** The objects that the box has. */
export interface LiveView {
  readonly find: (kind: string, namespace: string | undefined, name: string) => KubernetesObject | undefined;
  readonly list: (kind: string, namespace: string) => readonly KubernetesObject[];
}

export type Rule = (snapshot: RuleSnapshot) => readonly Finding[];

export interface FindingOptions {
  readonly severity: Severity;
  readonly field?: FieldPath;
  readonly message: string;
  /** Default: what the table of codes says. */
  readonly help?: string;
}

/** A finding about one object, at the line of the field that causes it. */
export function findingOn(planned: PlannedObject, code: ErrorCode, options: FindingOptions): Finding {
  const { severity, field, message, help } = options;
  const place = planned.locate(field ?? ['metadata', 'name']);
  return {
    code,
    severity,
    application: planned.application,
    object: formatObject(planned.id),
    ...(field === undefined ? {} : { field: formatFieldPath(field) }),
    path: place.path,
    ...(place.line === undefined ? {} : { line: place.line }),
    ...(place.column === undefined ? {} : { column: place.column }),
    message,
    help: help ?? ERROR_CODES[code].help,
  };
}

/** Objects of one kind, in the order of their keys. */
export function ofKind(objects: PlannedObjects, ...kinds: readonly string[]): readonly PlannedObject[] {
  return [...objects.values()].filter(({ id }) => kinds.includes(id.kind)).sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** What the change itself takes away is not there any more, unless its annotations ask to keep it. */
export function isDeletedByChange({ before, objects }: RuleSnapshot, key: string): boolean {
  const old = before.get(key);
  return old !== undefined && !objects.has(key) && readPolicies(old.object).prune;
}

/** Whether a namespace goes, and everything in it whoever made it. */
export function isNamespaceDeleted(snapshot: RuleSnapshot, namespace: string): boolean {
  return isDeletedByChange(snapshot, storageKeyOf({ apiVersion: 'v1', kind: 'Namespace', name: namespace }));
}
