import { isJsonObject } from '../lib/json.ts';
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
  /** `spec.selector may not change once the object exists: spec.selector.matchLabels.app is "web" and would become "www"`. */
  readonly message: string;
}

/** Says of a field that may not change which of its values differ, and what they are on both sides; values of Secrets stay hidden. */
export function describeImmutable({ path }: FieldProblem, live: object, declared: object): ImmutableField {
  const changes = diffObjects(live, declared).filter(
    (change) => isBelow(change.path, path) || isBelow(path, change.path),
  );
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
  // Half of a pair of surrogates is no character.
  return `${text.slice(0, VALUE_LENGTH).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
