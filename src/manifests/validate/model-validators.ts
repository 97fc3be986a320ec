import { isJsonObject, type JsonValue } from '../../lib/json.ts';
import type { FieldPath } from '../../objects/field-problem.ts';
import type { KubernetesObject } from '../../objects/types.ts';
import { type ProblemList, showValue } from './cursor.ts';

/** One error as the validators of `kubernetes-models` report it. */
export interface ModelError {
  /** JSON Pointer: `/spec/replicas`. */
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Checks one object against the generated schema of its kind. */
export type ModelValidator = (object: KubernetesObject) => readonly ModelError[];

/** The validators that were loaded ahead; loading is the shell's part, because it is asynchronous. */
export interface ModelValidators {
  /** `undefined`: not loaded yet, ask the loader; `null`: there is none for this kind. */
  validatorOf(apiVersion: string, kind: string): ModelValidator | null | undefined;
}

/** For callers that do without the second opinion. */
export const noModelValidators: ModelValidators = { validatorOf: () => null };

/**
 * The second opinion on types, enumerations and required fields. Adds only what the walk along the field table has not
 * said about the same place already.
 */
export function checkModel(object: KubernetesObject, validator: ModelValidator, problems: ProblemList): void {
  const errors = validator(object);
  if (errors.length === 0) return;
  const reported = new Set(problems.items.map((problem) => pointerOf(problem.path)));
  for (const error of errors) {
    const path = pathOf(error);
    const pointer = pointerOf(path);
    if (isCovered(reported, path) || isTolerated(error, valueAt(object, path), path)) continue;
    reported.add(pointer);
    addModelError(error, path, valueAt(object, path), problems);
  }
}

/**
 * Fields that the generated schema requires and the server fills in: "status: defaults to True" (batch/v1,
 * PodFailurePolicyOnPodConditionsPattern).
 */
const DEFAULTED: ReadonlySet<string> = new Set(['onPodConditions status']);

/**
 * What the real API server takes although the generated schema does not: null for absent, what it fills in, and base64
 * with line breaks.
 */
function isTolerated(error: ModelError, value: JsonValue | undefined, path: FieldPath): boolean {
  if (value === null) return true;
  if (error.keyword === 'required' && DEFAULTED.has(`${path.at(-3)} ${path.at(-1)}`)) return true;
  return error.keyword === 'format' && error.params['format'] === 'byte';
}

/** Whether the place itself or one above it is reported. */
function isCovered(reported: ReadonlySet<string>, path: FieldPath): boolean {
  for (let length = path.length; length > 0; length--) {
    if (reported.has(pointerOf(path.slice(0, length)))) return true;
  }
  return false;
}

function pathOf(error: ModelError): FieldPath {
  const steps = error.instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  const missing = error.keyword === 'required' ? error.params['missingProperty'] : undefined;
  return typeof missing === 'string' ? [...steps, missing] : steps;
}

function pointerOf(path: FieldPath): string {
  return path.join('\0');
}

function valueAt(object: KubernetesObject, path: FieldPath): JsonValue | undefined {
  let value: unknown = object;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value as JsonValue | undefined;
}

function addModelError(error: ModelError, path: FieldPath, value: JsonValue | undefined, problems: ProblemList): void {
  const isHidden = problems.isSensitive(path) || isJsonObject(value) || Array.isArray(value);
  const shown = isHidden ? '' : `${showValue(value)}: `;
  const place = { severity: 'error', path, at: 'value' } as const;
  const { params } = error;
  switch (error.keyword) {
    case 'required':
      return problems.add({ code: 'FieldValueRequired', ...place, message: 'Required value' });
    case 'enum': {
      const values = Array.isArray(params['allowedValues']) ? params['allowedValues'].map(showValue).join(', ') : '';
      const message = `Unsupported value: ${shown}supported values: ${values}`;
      return problems.add({ code: 'FieldValueNotSupported', ...place, message });
    }
    case 'type':
    case 'oneOf': {
      const expected = typeof params['type'] === 'string' ? `of type ${params['type']}` : 'of another type';
      return problems.add({
        code: 'FieldValueTypeInvalid',
        ...place,
        message: `Invalid value: ${shown}must be ${expected}`,
      });
    }
    default: {
      const rule = typeof params['format'] === 'string' ? `a valid ${params['format']}` : `valid (${error.keyword})`;
      return problems.add({ code: 'FieldValueInvalid', ...place, message: `Invalid value: ${shown}must be ${rule}` });
    }
  }
}
