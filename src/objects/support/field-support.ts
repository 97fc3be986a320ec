import { isJsonObject, type JsonObject, type JsonValue, jsonEqual } from '../../lib/json.ts';
import type { FieldPath, FieldProblem } from '../field-problem.ts';
import { findKind, type KindReference } from '../kinds.ts';
import { rootSchema, schemaAtStep, schemaOf, type TypeSchema, type ValueSchema } from '../schema/schema.ts';
import type { KubernetesObject } from '../types.ts';
import { type SupportRule, TYPE_SUPPORT } from './support-table.ts';

/** Whether Berth carries a field out. `reason` is a clause that says why not; empty when it does. */
export interface FieldSupport {
  readonly support: 'implemented' | 'inert' | 'refused';
  readonly reason: string;
}

const IMPLEMENTED: FieldSupport = { support: 'implemented', reason: '' };
const STATUS: FieldSupport = { support: 'inert', reason: 'status is written by Berth, not by manifests' };

/**
 * What Berth does with a field of a kind, whatever its value: `supportOf(pod, ['spec', 'hostPID'])`. What lies below a
 * field that is inert or refused is so, too, and so is every field of a kind that is. A field that is carried out for
 * some values only, such as a service's `type`, counts as implemented; `supportProblems` looks at the values.
 * `undefined` for a field that does not exist.
 */
export function supportOf(kind: KindReference, path: FieldPath): FieldSupport | undefined {
  const info = findKind(kind.apiVersion, kind.kind);
  const type = schemaOf(kind.apiVersion, kind.kind);
  if (info === undefined || type === undefined) return undefined;
  let schema: ValueSchema | undefined = rootSchema(type);
  let verdict: FieldSupport = { support: info.support, reason: info.supportReason };
  if (verdict.support === 'implemented' && info.hasStatus && path[0] === 'status') verdict = STATUS;
  for (const step of path) {
    if (verdict.support === 'implemented' && schema.kind === 'object')
      verdict = fieldSupportOf(schema.type, String(step));
    schema = schemaAtStep(schema, step);
    if (schema === undefined) return undefined;
  }
  return verdict;
}

/** What Berth does with a field of a type, whatever its value, in every kind that consists of it. */
export function fieldSupportOf(type: TypeSchema, field: string): FieldSupport {
  const rule = rulesOf(type, field).find(({ values }) => values === undefined);
  return rule === undefined ? IMPLEMENTED : { support: rule.support, reason: rule.reason };
}

function rulesOf(type: TypeSchema, field: string): readonly SupportRule[] {
  const rules = TYPE_SUPPORT[type.name]?.rules;
  if (rules === undefined || !Object.hasOwn(rules, field)) return [];
  const found = rules[field];
  if (found === undefined) return [];
  return 'support' in found ? [found] : found;
}

/**
 * Everything in an object that Berth does not carry out, each at its field: a warning where it is inert, an error where
 * it is refused. Values that ask for nothing (`hostPID: false`) are no problem. Looks at implemented kinds only, since
 * a kind that is inert or refused is one problem of its own, and not at `status`.
 */
export function supportProblems(object: KubernetesObject): readonly FieldProblem[] {
  const info = findKind(object.apiVersion, object.kind);
  const type = schemaOf(object.apiVersion, object.kind);
  if (info?.support !== 'implemented' || type === undefined || !isJsonObject(object)) return [];
  const problems: FieldProblem[] = [];
  const path: (string | number)[] = [];
  const skipped = info.hasStatus ? STATUS_AND_METADATA : NOTHING;
  visitObject(object, type, path, problems, skipped);
  return problems;
}

const NOTHING: ReadonlySet<string> = new Set();
const STATUS_AND_METADATA: ReadonlySet<string> = new Set(['status', 'metadata']);

/** What there is to look for at a field: rules of its own, and whether any can stand below it. */
interface FieldWatch {
  readonly rules: readonly SupportRule[];
  readonly hasRulesBelow: boolean;
  readonly schema: ValueSchema;
}

const watches = new WeakMap<TypeSchema, ReadonlyMap<string, FieldWatch>>();

/** The fields of a type at which something may have to be reported; computed once for each type. */
function watchesOf(type: TypeSchema): ReadonlyMap<string, FieldWatch> {
  const known = watches.get(type);
  if (known !== undefined) return known;
  const found = new Map<string, FieldWatch>();
  for (const { name, schema } of type.fields.values()) {
    const rules = rulesOf(type, name);
    const inner = schema.kind === 'list' ? schema.item : schema;
    const hasRulesBelow = inner.kind === 'object' && canHaveRules(inner.type, new Set());
    if (rules.length > 0 || hasRulesBelow) found.set(name, { rules, hasRulesBelow, schema });
  }
  watches.set(type, found);
  return found;
}

/** Whether a type or one that stands below it has rules; `seen` are those that are being looked at already. */
function canHaveRules(type: TypeSchema, seen: Set<TypeSchema>): boolean {
  if (seen.has(type)) return false;
  seen.add(type);
  if (Object.keys(TYPE_SUPPORT[type.name]?.rules ?? {}).length > 0) return true;
  return [...type.fields.values()].some(({ schema }) => {
    const inner = schema.kind === 'list' ? schema.item : schema;
    return inner.kind === 'object' && canHaveRules(inner.type, seen);
  });
}

function visit(value: JsonValue, schema: ValueSchema, path: (string | number)[], problems: FieldProblem[]): void {
  if (schema.kind === 'object') {
    if (isJsonObject(value)) visitObject(value, schema.type, path, problems);
  } else if (schema.kind === 'list' && Array.isArray(value) && schema.item.kind === 'object') {
    for (const [index, item] of value.entries()) {
      path.push(index);
      visit(item, schema.item, path, problems);
      path.pop();
    }
  }
}

function visitObject(
  object: JsonObject,
  type: TypeSchema,
  path: (string | number)[],
  problems: FieldProblem[],
  skipped = NOTHING,
): void {
  const watched = watchesOf(type);
  if (watched.size === 0) return;
  for (const name in object) {
    const watch = watched.get(name);
    const value = object[name];
    if (watch === undefined || value === undefined || value === null || skipped.has(name)) continue;
    path.push(name);
    const rule = watch.rules.find((candidate) => appliesTo(candidate, value));
    if (rule !== undefined) problems.push(problemOf(rule, path));
    else if (watch.hasRulesBelow) visit(value, watch.schema, path, problems);
    path.pop();
  }
}

function appliesTo({ harmless, values }: SupportRule, value: JsonValue): boolean {
  if (values !== undefined) return values.some((listed) => jsonEqual(listed, value));
  return !asksForNothing(value) && !(harmless ?? []).some((listed) => jsonEqual(listed, value));
}

function asksForNothing(value: JsonValue): boolean {
  if (value === false || value === '' || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function problemOf({ support, reason, values }: SupportRule, path: FieldPath): FieldProblem {
  const isInert = support === 'inert';
  return {
    code: isInert ? 'FieldInert' : 'FieldRefused',
    severity: isInert ? 'warning' : 'error',
    path: [...path],
    at: 'key',
    message: `${path.at(-1)} is ${isInert ? 'stored and not acted on' : 'refused'}: ${reason}`,
    ...(isInert ? {} : { help: values === undefined ? 'remove the field' : 'choose another value' }),
  };
}
