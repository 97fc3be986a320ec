import type { FieldPath, FieldProblem } from '../../objects/field-problem.ts';

/** What is said against a whole object, of which Kubernetes names no field; `place` is where a person mends it. */
export function objectProblem(message: string, help: string, place?: FieldPath): FieldProblem {
  const problem = { code: 'FieldValueForbidden', severity: 'error', path: [], at: 'value', message, help } as const;
  return place === undefined ? problem : { ...problem, place };
}
