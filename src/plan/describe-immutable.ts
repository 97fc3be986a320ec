import { isJsonObject, jsonEqual } from '../lib/json.ts';
import type { FieldPath, FieldProblem } from '../objects/field-problem.ts';
import { formatFieldPath } from '../objects/index.ts';
import { diffObjects, type FieldChange } from './diff.ts';
import { HIDDEN_VALUE } from './hide-secrets.ts';

/** Longest value that is written out; what matters of a longer one stands in the diff. */
const VALUE_LENGTH = 60;
const FIELDS = 3;

/** What is wrong with one field that may not change. */
interface ImmutableField {
  /** Which of its values differs first: its line is the one to show. */
  readonly path: FieldPath;
  /**
   * `spec.selector may not change once the object exists: spec.selector.matchLabels.app is "web" and would become "www"`.
   */
  readonly message: string;
}

/**
 * Says of a field that may not change which of its values differ, and what they are on both sides; values of Secrets
 * stay hidden.
 */
export function describeImmutable(problem: FieldProblem, live: object, declared: object): ImmutableField {
  const path = writtenPath(problem.path, declared);
  const changes = diffObjects(live, declared)
    .filter((change) => isBelow(change.path, path) || isBelow(path, change.path))
    // A value that is hidden on both sides has no leaf that differs.
    .flatMap((change) => (jsonEqual(change.before, change.after) ? [change] : leavesOf(change)));
  // What the API server has added by itself is missing from what is declared, and is not what was changed.
  const declaredChanges = changes.filter(({ after }) => after !== undefined);
  const told = declaredChanges.length > 0 ? declaredChanges : changes;
  const field = formatFieldPath(path);
  const details = told.slice(0, FIELDS).map((change) => describeChange(change, field));
  if (told.length > FIELDS) details.push(`${told.length - FIELDS} more values differ`);
  return {
    path: told[0]?.path ?? path,
    message: `${field} may not change once the object exists${details.length === 0 ? '' : `: ${details.join('; ')}`}`,
  };
}

/**
 * "If clusterIPs[0] and clusterIP are not the same, an error will be returned" (core/v1 ServiceSpec): who writes only
 * the one is told of that one.
 */
function writtenPath(path: FieldPath, declared: object): FieldPath {
  const [spec, field] = path;
  if (spec !== 'spec' || field !== 'clusterIPs') return path;
  const { spec: written } = declared as { readonly spec?: unknown };
  return isJsonObject(written) && written['clusterIPs'] === undefined ? [spec, 'clusterIP'] : path;
}

/**
 * Lists without a key by which items are matched differ as a whole, such as `volumeClaimTemplates`; here it counts in
 * what.
 */
function leavesOf({ path, before, after }: FieldChange): readonly FieldChange[] {
  if (jsonEqual(before, after)) return [];
  const below = (step: string | number, one: unknown, other: unknown) =>
    leavesOf({ path: [...path, step], before: one, after: other });
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return after.flatMap((item: unknown, index) => below(index, before[index], item));
  }
  if (!isJsonObject(before) || !isJsonObject(after)) return [{ path, before, after }];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) => below(key, before[key], after[key]));
}

function isBelow(path: FieldPath, parent: FieldPath): boolean {
  return parent.every((step, index) => path[index] === step);
}

function describeChange({ path, before, after }: FieldChange, field: string): string {
  const name = formatFieldPath(path);
  const subject = name === field ? 'it' : name;
  if (isHidden(before) || isHidden(after)) return `${subject} differs (values of Secrets are not shown)`;
  if (before === undefined) return `${subject} is not set and would become ${formatValue(after)}`;
  if (after === undefined) return `${subject} is ${formatValue(before)} and would be removed`;
  return `${subject} is ${formatValue(before)} and would become ${formatValue(after)}`;
}

function isHidden(value: unknown): boolean {
  return value === HIDDEN_VALUE || (isJsonObject(value) && Object.values(value).includes(HIDDEN_VALUE));
}

function formatValue(value: unknown): string {
  const text = JSON.stringify(value);
  if (text.length <= VALUE_LENGTH) return text;
  // A text is cut before it is quoted, so that no escape is cut in two and the quotes are closed.
  if (typeof value === 'string') return JSON.stringify(`${cutText(value)}…`);
  return `${cutText(text)}…`;
}

/** Half of a pair of surrogates is no character. */
function cutText(text: string): string {
  return text.slice(0, VALUE_LENGTH).replace(/[\uD800-\uDBFF]$/, '');
}
