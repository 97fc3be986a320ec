import type { ErrorCode } from '../../lib/error-codes.ts';
import type { Excerpt } from '../../lib/excerpt.ts';

/** `error`: merging breaks something. `warning`: it may. `info`: worth knowing. */
export type Severity = 'error' | 'warning' | 'info';

/** One thing that a plan found, with the place that causes it and the next step. It never contains a secret's value. */
export interface Finding {
  readonly code: ErrorCode;
  readonly severity: Severity;
  /** Absent when it is about the whole commit or the box. */
  readonly application?: string;
  /** `Kind/namespace/name`, or `Kind/name` for kinds without a namespace. */
  readonly object?: string;
  /** `spec.template.spec.containers[0].image`. */
  readonly field?: string;
  /** Relative to the root of the repository; line and columns count from 1. */
  readonly path?: string;
  readonly line?: number;
  readonly column?: number;
  readonly endColumn?: number;
  readonly excerpt?: Excerpt;
  /** A clause that says what is wrong. */
  readonly message: string;
  /** The next step, as a clause. */
  readonly help: string;
}
