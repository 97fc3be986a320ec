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

export function forbidden(kind: KindInfo, name: string, why: string, causes?: readonly ApiErrorCause[]): ApiError {
  const message = `${resourceName(kind)} "${name}" is forbidden: ${why}`;
  return new ApiError('Forbidden', message, detailsOf(kind, name, causes));
}

/** What admissions found. */
export function notAdmitted(kind: KindInfo, name: string, problems: readonly FieldProblem[]): ApiError {
  // What concerns no single field is said as it is: "exceeded quota: …".
  const say = (describe: DescribeProblem) =>
    describeAll(problems, (problem) => (problem.path.length === 0 ? problem.message : describe(problem)));
  const head = `${resourceName(kind)} "${name}" is forbidden`;
  const details = detailsOf(kind, name, problems.map(causeOf));
  const detail = `${head}: ${say(describeProblem)}`;
  return new ApiError('Forbidden', `${head}: ${say(describeWithHelp)}`, details, { problems, detail });
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

/**
 * `Deployment.apps "web" is invalid: [spec.replicas: Invalid value: …, …]`, with a cause per field. Details carry the
 * kind, not the resource.
 */
export function invalid(kind: KindInfo, name: string, problems: readonly FieldProblem[]): ApiError {
  const qualified = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const head = `${qualified} "${name}" is invalid`;
  const causes = problems.map(causeOf);
  const details = { name, ...(kind.group === '' ? {} : { group: kind.group }), kind: kind.kind, causes };
  const detail = `${head}: ${describeAll(problems, describeProblem)}`;
  return new ApiError('Invalid', `${head}: ${describeAll(problems, describeWithHelp)}`, details, { problems, detail });
}

type DescribeProblem = (problem: FieldProblem) => string;

/** Each with its field; one as it is, several as `[a, b]` (`utilerrors.NewAggregate`). */
function describeAll(problems: readonly FieldProblem[], describe: DescribeProblem): string {
  const reasons = problems.map((problem) => {
    const field = formatFieldPath(problem.path);
    return `${field === '' ? '' : `${field}: `}${describe(problem)}`;
  });
  return reasons.length === 1 ? (reasons[0] ?? '') : `[${reasons.join(', ')}]`;
}

/** A field problem as `metav1.StatusCause`. */
export function causeOf(problem: FieldProblem): ApiErrorCause {
  const code = kubernetesCodeOf(problem);
  const reason = code === 'FieldImmutable' ? 'FieldValueInvalid' : code;
  return { reason, message: describeWithHelp(problem), field: formatFieldPath(problem.path) };
}

/** What is wrong, beginning with the kind of error, as `field.Error` prints it. */
function describeProblem(problem: FieldProblem): string {
  const label = LABELS[kubernetesCodeOf(problem)];
  const { message } = problem;
  return message.toLowerCase().startsWith(label.toLowerCase()) ? message : `${label}: ${message}`;
}

function describeWithHelp(problem: FieldProblem): string {
  const help = problem.help === undefined ? '' : `; ${problem.help}`;
  return `${describeProblem(problem)}${help}`;
}

function kubernetesCodeOf({ kubernetesCode, code }: FieldProblem): FieldProblemCode {
  return kubernetesCode ?? code;
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
