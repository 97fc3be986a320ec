/** The registry's refusals, each worded as Kubernetes' API server words it (`k8s.io/apimachinery/pkg/api/errors`). */
import { type FieldProblem, type FieldProblemCode, formatFieldPath } from '../objects/field-problem.ts';
import type { KindInfo } from '../objects/kinds.ts';
import { ApiError, type ApiErrorCause, type ApiErrorDetails } from './api-error.ts';

/** `deployments.apps`, or `pods` in the core group. */
export function resourceName(kind: KindInfo): string {
  return kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
}

function detailsOf(kind: KindInfo, name: string, causes?: readonly ApiErrorCause[]): ApiErrorDetails {
  return {
    name,
    ...(kind.group === '' ? {} : { group: kind.group }),
    kind: kind.plural,
    ...(causes === undefined ? {} : { causes }),
  };
}

export function notFound(kind: KindInfo, name: string): ApiError {
  return new ApiError('NotFound', `${resourceName(kind)} "${name}" not found`, detailsOf(kind, name));
}

export function alreadyExists(kind: KindInfo, name: string): ApiError {
  return new ApiError('AlreadyExists', `${resourceName(kind)} "${name}" already exists`, detailsOf(kind, name));
}

export function forbidden(
  kind: KindInfo,
  name: string,
  why: string,
  causes?: readonly ApiErrorCause[],
  problems: readonly FieldProblem[] = [],
): ApiError {
  const message = `${resourceName(kind)} "${name}" is forbidden: ${why}`;
  return new ApiError('Forbidden', message, detailsOf(kind, name, causes), problems);
}

export function conflict(kind: KindInfo, name: string, why: string, causes?: readonly ApiErrorCause[]): ApiError {
  const message = `Operation cannot be fulfilled on ${resourceName(kind)} "${name}": ${why}`;
  return new ApiError('Conflict', message, detailsOf(kind, name, causes));
}

/** The words of an optimistic lock that failed; kubectl and client libraries look for them. */
export function staleWrite(kind: KindInfo, name: string): ApiError {
  const why = 'the object has been modified; please apply your changes to the latest version and try again';
  return conflict(kind, name, why);
}

export function badRequest(message: string): ApiError {
  return new ApiError('BadRequest', message);
}

/** `Deployment.apps "web" is invalid: [spec.replicas: Invalid value: …, …]`, with a cause per field. Details carry the kind, not the resource. */
export function invalid(kind: KindInfo, name: string, problems: readonly FieldProblem[]): ApiError {
  const causes = problems.map(causeOf);
  const list = causes.map((cause) => `${cause.field === '' ? '' : `${cause.field}: `}${cause.message}`);
  const what = list.length === 1 ? list[0] : `[${list.join(', ')}]`;
  const qualified = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const details = { name, ...(kind.group === '' ? {} : { group: kind.group }), kind: kind.kind, causes };
  return new ApiError('Invalid', `${qualified} "${name}" is invalid: ${what}`, details, problems);
}

/** A field problem as `metav1.StatusCause`; the message starts with the kind of error, as `field.Error` prints it. */
export function causeOf(problem: FieldProblem): ApiErrorCause {
  const code = problem.kubernetesCode ?? problem.code;
  const label = LABELS[code];
  const help = problem.help === undefined ? '' : `; ${problem.help}`;
  const said = problem.message.toLowerCase().startsWith(label.toLowerCase())
    ? problem.message
    : `${label}: ${problem.message}`;
  const reason = code === 'FieldImmutable' ? 'FieldValueInvalid' : code;
  return { reason, message: `${said}${help}`, field: formatFieldPath(problem.path) };
}

const LABELS: Readonly<Record<FieldProblemCode, string>> = {
  FieldValueRequired: 'Required value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTypeInvalid: 'Invalid value',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  FieldImmutable: 'Invalid value',
  FieldUnknown: 'Unknown field',
  FieldInert: 'Not acted on',
  FieldRefused: 'Forbidden',
  KindUnknown: 'Unknown kind',
  KindInert: 'Not acted on',
  KindRefused: 'Forbidden',
  ApiVersionRemoved: 'Removed',
};
