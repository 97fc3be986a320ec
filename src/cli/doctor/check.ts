import type { Configuration } from '../configuration/configuration.ts';

export type CheckStatus = 'ok' | 'warn' | 'fail';

export interface CheckResult {
  /** What was looked at: `docker`, `nft`. */
  readonly name: string;
  readonly status: CheckStatus;
  readonly message: string;
  /** What to do about it; for `ok` there is nothing. */
  readonly remedy?: string;
}

/** What the checks know of the box that is meant. */
export interface DoctorContext {
  readonly dataDirectory: string;
  /** Absent when there is none, or none that can be read. */
  readonly configuration: Configuration | undefined;
  /** A Berth runs on the data directory: ports in use are then its own. */
  readonly isRunning: boolean;
}

export type Check = (context: DoctorContext) => Promise<readonly CheckResult[]>;

export function ok(name: string, message: string): CheckResult {
  return { name, status: 'ok', message };
}

export function warn(name: string, message: string, remedy: string): CheckResult {
  return { name, status: 'warn', message, remedy };
}

export function fail(name: string, message: string, remedy: string): CheckResult {
  return { name, status: 'fail', message, remedy };
}
