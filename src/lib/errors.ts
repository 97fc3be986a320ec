import { ERROR_CODES, type ErrorCode, type ErrorCodeEntry } from './error-codes.ts';
import type { Excerpt } from './excerpt.ts';

/**
 * Where in a repository a problem is: a path relative to its root, with 1-based line and column when they are known.
 */
export interface SourcePlace {
  readonly path: string;
  readonly line?: number;
  readonly column?: number;
  /** The line, ready to print; asked for only where it is shown. */
  readonly quote?: () => Excerpt | undefined;
}

export interface BerthErrorOptions {
  /** What it is about, as `Kind/namespace/name` or a path; left out where no single object is meant. */
  readonly object?: string;
  /** What was being done: `apply`, `fetch`, `open`. */
  readonly verb?: string;
  /** One clause that says what went wrong, without the object, the code or the next step. */
  readonly detail: string;
  /** What to do next; the code's own advice is used when this is left out. */
  readonly help?: string;
  readonly place?: SourcePlace;
  readonly cause?: unknown;
}

/**
 * Every error that a person may see, in one form:
 * `Deployment/shop/web apply failed (FieldConflict): spec.replicas is owned by "hpa"; remove it from Git or release it.`
 *
 * A code from the closed table says whether trying again can help (`retryable`) or somebody has to act (`terminal`).
 * Bugs are `AssertionError`s, not these.
 */
export class BerthError extends Error {
  override readonly name = 'BerthError';
  readonly code: ErrorCode;
  readonly object: string | undefined;
  readonly verb: string | undefined;
  readonly detail: string;
  readonly help: string;
  readonly place: SourcePlace | undefined;

  constructor(code: ErrorCode, options: BerthErrorOptions) {
    const help = options.help ?? ERROR_CODES[code].help;
    super(formatErrorLine(code, { ...options, help }), options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.object = options.object;
    this.verb = options.verb;
    this.detail = options.detail;
    this.help = help;
    this.place = options.place;
  }

  /** Whether the same attempt may succeed later without anybody acting. */
  get isRetryable(): boolean {
    const entry: ErrorCodeEntry = ERROR_CODES[this.code];
    return entry.class === 'retryable';
  }
}

function formatErrorLine(code: ErrorCode, options: BerthErrorOptions): string {
  const subject = [options.object, options.verb].filter((part) => part !== undefined).join(' ');
  const head = subject === '' ? code : `${subject} failed (${code})`;
  const place = options.place === undefined ? '' : `${formatPlace(options.place)}: `;
  const help = options.help === undefined || options.help === '' ? '' : `; ${options.help}`;
  return `${place}${head}: ${options.detail}${help}`;
}

/** `path:line:col`, as far as it is known. */
export function formatPlace(place: SourcePlace): string {
  return [place.path, place.line, place.column].filter((part) => part !== undefined).join(':');
}

/** The message of anything thrown, without a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
