import type { FieldProblem } from '../objects/field-problem.ts';

/** Kubernetes' reasons (`metav1.StatusReason`) that Berth uses, and the HTTP status of each. */
export const API_REASONS = {
  AlreadyExists: 409,
  BadRequest: 400,
  Conflict: 409,
  Expired: 410,
  Forbidden: 403,
  Gone: 410,
  InternalError: 500,
  Invalid: 422,
  MethodNotAllowed: 405,
  NotFound: 404,
  RequestEntityTooLarge: 413,
  ServiceUnavailable: 503,
  Timeout: 504,
  TooManyRequests: 429,
  Unauthorized: 401,
  UnsupportedMediaType: 415,
} as const;
export type ApiReason = keyof typeof API_REASONS;

/** One field's part of a failure, as `metav1.StatusCause`. */
export interface ApiErrorCause {
  /** `FieldValueInvalid`, `FieldValueRequired`, `FieldManagerConflict`, … */
  readonly reason: string;
  readonly message: string;
  /** `spec.template.spec.containers[0].image`. */
  readonly field?: string;
}

export interface ApiErrorDetails {
  readonly group?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly causes?: readonly ApiErrorCause[];
  readonly retryAfterSeconds?: number;
}

type KnownToBerth = Partial<Pick<ApiError, 'problems' | 'detail'>>;

/** A request that the registry refuses, worded as Kubernetes words it; the HTTP server turns it into a `Status`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly reason: ApiReason;
  readonly details: ApiErrorDetails;
  /** The same as `details.causes`, as this process knows it: with Berth's own codes. It does not go over the wire. */
  readonly problems: readonly FieldProblem[];
  /** The message without the next steps, which the problems have. */
  readonly detail: string;

  constructor(reason: ApiReason, message: string, details: ApiErrorDetails = {}, known: KnownToBerth = {}) {
    super(message);
    this.reason = reason;
    this.details = details;
    this.problems = known.problems ?? [];
    this.detail = known.detail ?? message;
  }

  get httpStatus(): number {
    return API_REASONS[this.reason];
  }
}

/** Whether `error` is an `ApiError` with this reason. */
export function isApiError(error: unknown, reason?: ApiReason): error is ApiError {
  return error instanceof ApiError && (reason === undefined || error.reason === reason);
}
