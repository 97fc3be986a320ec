/** Way to a field from the root of its object: `['spec', 'ports', 0, 'port']`. */
export type FieldPath = readonly (string | number)[];

/**
 * As Kubernetes writes it: `spec.ports[0].port`; a key that is no identifier is put in brackets:
 * `metadata.labels[app.io/x]`.
 */
export function formatFieldPath(path: FieldPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_$][\w$-]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${step}]`;
  }
  return text;
}

/**
 * Kubernetes' own kinds of field errors (`field.ErrorType`), plus Berth's verdicts on fields that it knows and does not
 * run.
 */
export type FieldProblemCode =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueDuplicate'
  | 'FieldValueForbidden'
  | 'FieldValueTypeInvalid'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldImmutable'
  | 'FieldUnknown'
  | 'FieldInert'
  | 'FieldRefused'
  | 'KindUnknown'
  | 'KindInert'
  | 'KindRefused'
  | 'ApiVersionRemoved';

/** One thing that is wrong with one field of one object. Positions in a file are added by whoever knows the file. */
export interface FieldProblem {
  readonly code: FieldProblemCode;
  /**
   * What Kubernetes calls it where that is another kind of error: it has none of its own for a field that may not
   * change.
   */
  readonly kubernetesCode?: FieldProblemCode;
  /** An error stops the application; a warning is shown. */
  readonly severity: 'error' | 'warning';
  readonly path: FieldPath;
  /** Where a person mends it, where Kubernetes names no field. */
  readonly place?: FieldPath;
  /** Whether the place meant is the key or its value; an unknown field is a problem of its key. */
  readonly at: 'key' | 'value';
  /** A clause that says what is wrong, in Kubernetes' words where it has some. */
  readonly message: string;
  /** The next step, as a clause: `did you mean "replicas"?`. */
  readonly help?: string;
}
