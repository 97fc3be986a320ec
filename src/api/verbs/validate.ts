import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { type FieldPath, type FieldProblem, formatFieldPath } from '../../objects/field-problem.ts';
import type { KubernetesObject } from '../../objects/types.ts';
import type { WriteScope } from '../context.ts';
import { causeOf, invalid } from '../failures.ts';

/**
 * Refuses an object that has errors, and tells about warnings. Unknown fields are errors where the writer wants
 * strictness (`fieldValidation`, and everybody inside the process), else they are dropped, as Kubernetes' decoding
 * drops them.
 */
export function validated(
  scope: WriteScope,
  object: KubernetesObject,
  problems: readonly FieldProblem[],
): KubernetesObject {
  if (problems.length === 0) return object;
  const { fieldValidation = 'Strict', onWarning = () => {} } = scope.options;
  const isDropped = (problem: FieldProblem) => fieldValidation !== 'Strict' && problem.code === 'FieldUnknown';
  const errors = problems.filter((problem) => problem.severity === 'error' && !isDropped(problem));
  if (errors.length > 0) throw invalid(scope.kind, object.metadata?.name ?? '', errors);

  const unknown = problems.filter(isDropped);
  if (fieldValidation === 'Warn') for (const { path } of unknown) onWarning(`unknown field "${formatFieldPath(path)}"`);
  for (const problem of problems) {
    if (problem.severity === 'warning') onWarning(`${formatFieldPath(problem.path)}: ${causeOf(problem).message}`);
  }
  return withoutFields(
    object,
    unknown.map(({ path }) => path),
  );
}

function withoutFields(object: KubernetesObject, paths: readonly FieldPath[]): KubernetesObject {
  let value = object as unknown as JsonValue;
  for (const path of paths) value = withoutField(value, path);
  return value as unknown as KubernetesObject;
}

function withoutField(value: JsonValue, [step, ...rest]: FieldPath): JsonValue {
  if (step === undefined) return value;
  if (Array.isArray(value)) {
    return value.map((item: JsonValue, index) => (index === step ? withoutField(item, rest) : item));
  }
  if (!isJsonObject(value) || !Object.hasOwn(value, step)) return value;
  if (rest.length > 0) return { ...value, [step]: withoutField(value[step] ?? null, rest) };
  const { [step]: _dropped, ...others }: JsonObject = value;
  return others;
}
