import { isJsonObject, type JsonObject, type JsonValue, jsonEqual } from '../../lib/json.ts';
import type { FieldPath, FieldProblem, FieldProblemCode } from '../../objects/field-problem.ts';
import { isSensitiveName } from '../parse/excerpt.ts';

/** Collects the problems of one object. */
export class ProblemList {
  readonly items: FieldProblem[] = [];
  readonly #isSecret: boolean;
  readonly #mistyped = new Set<string>();

  constructor(object: unknown) {
    this.#isSecret = isJsonObject(object) && object['kind'] === 'Secret';
  }

  add(problem: FieldProblem): void {
    if (problem.code === 'FieldValueTypeInvalid') this.#mistyped.add(keyOf(problem.path));
    this.items.push(problem);
  }

  /** Whether a value was found to be of a wrong type, such as a number of more bits than its field has. */
  isMistyped(of: { readonly path: FieldPath }): boolean {
    return this.#mistyped.size > 0 && this.#mistyped.has(keyOf(of.path));
  }

  /** Whether the value at this place must not appear in a message. */
  isSensitive(path: FieldPath): boolean {
    const [first, second] = path;
    if (first === 'data' || first === 'stringData' || first === 'binaryData' || second === 'annotations') return true;
    if (this.#isSecret && first !== 'metadata' && first !== 'type' && first !== 'immutable') return true;
    if (path.at(-1) === 'value' && path.at(-3) === 'env') return true;
    return path.some((step) => typeof step === 'string' && isSensitiveName(step));
  }
}

function keyOf(path: FieldPath): string {
  return path.join('\0');
}

const SHOWN_CHARS = 120;

/** A value as Kubernetes shows it in a message: text in quotes, the rest as JSON. */
export function showValue(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null';
  return text.length <= SHOWN_CHARS ? text : `${text.slice(0, SHOWN_CHARS)}…`;
}

/**
 * A place in an object and its value, which may be absent or of any type: rules read through it without first proving
 * the whole object's types, so that one wrong type hides no other problem. The path is put together only for a problem.
 */
export class Cursor {
  readonly value: JsonValue | undefined;
  readonly #problems: ProblemList;
  readonly #parent: Cursor | undefined;
  readonly #step: string | number;

  constructor(value: JsonValue | undefined, problems: ProblemList, parent?: Cursor, step: string | number = '') {
    this.value = value;
    this.#problems = problems;
    this.#parent = parent;
    this.#step = step;
  }

  get path(): FieldPath {
    const path: (string | number)[] = [];
    for (let cursor: Cursor = this; cursor.#parent !== undefined; cursor = cursor.#parent) path.push(cursor.#step);
    return path.reverse();
  }

  /** Absent, or null, which Kubernetes reads as absent. */
  get isAbsent(): boolean {
    return this.value === undefined || this.value === null;
  }

  /** How many problems were found so far, in the whole object. */
  get problemCount(): number {
    return this.#problems.items.length;
  }

  get(field: string): Cursor {
    const value = isJsonObject(this.value) && Object.hasOwn(this.value, field) ? this.value[field] : undefined;
    return new Cursor(value, this.#problems, this, field);
  }

  has(field: string): boolean {
    return !this.get(field).isAbsent;
  }

  /** The items of a list; none for anything else. */
  get items(): readonly Cursor[] {
    if (!Array.isArray(this.value)) return [];
    return this.value.map((item: JsonValue, index) => new Cursor(item, this.#problems, this, index));
  }

  /** The entries of a mapping; none for anything else. */
  get entries(): readonly (readonly [string, Cursor])[] {
    if (!isJsonObject(this.value)) return [];
    return Object.keys(this.value).map((key) => [key, this.get(key)]);
  }

  get text(): string | undefined {
    return typeof this.value === 'string' ? this.value : undefined;
  }

  /** None where the field takes no such number: that was told, and what follows from it is no second mistake. */
  get number(): number | undefined {
    return typeof this.value === 'number' && !this.#problems.isMistyped(this) ? this.value : undefined;
  }

  get object(): JsonObject | undefined {
    return isJsonObject(this.value) ? this.value : undefined;
  }

  /** The value is missing. */
  required(detail?: string, help?: string): void {
    this.report('FieldValueRequired', detail === undefined ? 'Required value' : `Required value: ${detail}`, help);
  }

  invalid(detail: string, help?: string): void {
    this.report('FieldValueInvalid', `Invalid value: ${this.#shown()}${detail}`, help);
  }

  /** The key in a mapping, and not its value, is wrong. */
  invalidKey(detail: string, help?: string): void {
    const message = `Invalid value: ${showValue(String(this.#step))}: ${detail}`;
    this.report('FieldValueInvalid', message, help, 'key');
  }

  notFound(help?: string): void {
    this.report('FieldValueInvalid', `Not found: ${showValue(this.value)}`, help);
  }

  duplicate(value: unknown = this.value, help?: string): void {
    const shown = this.#problems.isSensitive(this.path) ? '' : `: ${showValue(value)}`;
    this.report('FieldValueDuplicate', `Duplicate value${shown}`, help);
  }

  forbidden(detail: string, help?: string): void {
    this.report('FieldValueForbidden', `Forbidden: ${detail}`, help, 'key');
  }

  tooLong(detail: string): void {
    this.report('FieldValueTooLong', `Too long: ${detail}`);
  }

  notSupported(supported: readonly string[], help?: string): void {
    const values = supported.map((value) => showValue(value)).join(', ');
    this.report('FieldValueNotSupported', `Unsupported value: ${this.#shown()}supported values: ${values}`, help);
  }

  wrongType(expected: string, help?: string): void {
    this.report('FieldValueTypeInvalid', `Invalid value: ${this.#shown()}must be ${expected}`, help);
  }

  warn(message: string, help?: string): void {
    this.report('FieldValueInvalid', message, help, 'value', 'warning');
  }

  /** The field may not change any more. Some validations call that invalid, others forbidden. */
  immutable(detail: string, help: string, kubernetesCode: 'FieldValueInvalid' | 'FieldValueForbidden'): void {
    const label = kubernetesCode === 'FieldValueInvalid' ? 'Invalid value' : 'Forbidden';
    const { path } = this;
    const message = `${label}: ${detail}`;
    this.#problems.add({ code: 'FieldImmutable', kubernetesCode, severity: 'error', path, at: 'value', message, help });
  }

  report(
    code: FieldProblemCode,
    message: string,
    help?: string,
    at: 'key' | 'value' = 'value',
    severity: 'error' | 'warning' = 'error',
  ): void {
    this.#problems.add({ code, severity, path: this.path, at, message, ...(help === undefined ? {} : { help }) });
  }

  /** The value and a colon, or nothing where the value may be a secret. */
  #shown(): string {
    return this.#problems.isSensitive(this.path) ? '' : `${showValue(this.value)}: `;
  }
}

/** Reports each message that a name rule gives about a text. */
export function checkText(cursor: Cursor, rule: (value: string) => readonly string[]): void {
  if (cursor.text === undefined) return;
  for (const message of rule(cursor.text)) cursor.invalid(message);
}

/** A text that must be there and follow a rule; a wrong type is reported by the schema. */
export function checkRequiredText(cursor: Cursor, rule: (value: string) => readonly string[], help?: string): void {
  if (cursor.isAbsent || cursor.value === '') cursor.required(undefined, help);
  else checkText(cursor, rule);
}

/** "must be greater than or equal to 0". */
export function checkAtLeast(cursor: Cursor, min: number): void {
  if (cursor.number !== undefined && cursor.number < min) {
    cursor.invalid(min === 0 ? 'must be greater than or equal to 0' : `must be greater than or equal to ${min}`);
  }
}

/** Reports every item whose key another item before it has; items without a key are left out. */
export function checkUnique(items: readonly Cursor[], keyOf: (item: Cursor) => Cursor): void {
  const seen = new Set<string>();
  for (const item of items) {
    const key = keyOf(item);
    if (key.text === undefined || key.text === '') continue;
    if (seen.has(key.text)) key.duplicate();
    seen.add(key.text);
  }
}

/** Whether two values say the same; one that is absent and `null` do. */
export function isSame(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  return jsonEqual(a ?? undefined, b ?? undefined);
}
