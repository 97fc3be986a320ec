import type { ApiError } from '../api/api-error.ts';
import { ERROR_CODES, type ErrorCode } from '../lib/error-codes.ts';
import { applyDefaults, formatFieldPath } from '../objects/index.ts';
import type { StoredObject } from '../objects/types.ts';
import { type ChangeProblem, describeImmutable } from '../plan/index.ts';
import type { DeclaredObject } from './application.ts';

/**
 * What the registry refuses of one object, with the lines that cause it: each field that may not change is a problem of
 * its own.
 */
export function describeRefusal(
  declared: DeclaredObject,
  error: ApiError,
  live: StoredObject | undefined,
): readonly ChangeProblem[] {
  const immutable = live === undefined ? [] : describeImmutables(declared, error, live);
  if (immutable.length > 0 && immutable.length === error.problems.length) return immutable;
  return [describeRest(declared, error), ...immutable];
}

function describeImmutables(
  { id, locate, decode }: DeclaredObject,
  { problems }: ApiError,
  live: StoredObject,
): readonly ChangeProblem[] {
  const fields = problems.filter(({ code }) => code === 'FieldImmutable');
  if (fields.length === 0) return [];
  const object = applyDefaults(decode());
  return fields.map((problem): ChangeProblem => {
    const { path, message } = describeImmutable(problem, live, object);
    return { id, code: 'FieldImmutable', message, field: formatFieldPath(problem.path), place: locate(path) };
  });
}

function describeRest({ id, locate }: DeclaredObject, error: ApiError): ChangeProblem {
  const cause = error.details.causes?.[0];
  const isConflict = cause?.reason === 'FieldManagerConflict';
  const { place } = error.problems[0] ?? {};
  const field = place === undefined ? cause?.field : formatFieldPath(place);
  // Who refuses knows best what to do about it; the table only knows the box's configuration. Several next steps stay
  // with what each mends.
  const helps = new Set(error.problems.flatMap((problem) => problem.help ?? []));
  const [help] = helps.size === 1 ? helps : [];
  return {
    id,
    code: isConflict ? 'FieldConflict' : codeOf(error),
    message: isConflict ? describeConflict(error) : help === undefined ? error.message : error.detail,
    // All that applying can miss is the namespace.
    place: locate(error.reason === 'NotFound' ? ['metadata', 'namespace'] : (place ?? parseFieldPath(field ?? ''))),
    ...(field === undefined ? {} : { field }),
    ...(help === undefined ? {} : { help }),
  };
}

function codeOf({ reason }: ApiError): ErrorCode {
  return reason in ERROR_CODES ? (reason as ErrorCode) : 'Refused';
}

function describeConflict(error: ApiError): string {
  const causes = error.details.causes ?? [];
  return causes.map(({ message, field }) => (field === undefined ? message : `${field}: ${message}`)).join('; ');
}

/** `spec.ports[0].port` → `['spec', 'ports', 0, 'port']`; brackets with other content are map keys. */
function parseFieldPath(field: string): readonly (string | number)[] {
  const steps = field.match(/[^.[\]]+|\[[^\]]*\]/g) ?? [];
  return steps.map((step) => {
    if (!step.startsWith('[')) return step;
    const inner = step.slice(1, -1);
    return /^\d+$/.test(inner) ? Number(inner) : inner;
  });
}
