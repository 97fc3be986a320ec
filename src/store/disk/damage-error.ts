import { BerthError } from '../../lib/errors.ts';

/** Bytes that the store did not write. Never a torn tail, which is cut. */
export class DamageError extends Error {
  override readonly name = 'DamageError';
  readonly file: string;
  readonly offset: number;
  readonly reason: string;

  constructor(file: string, offset: number, reason: string) {
    super(`${file} is damaged at byte ${offset}: ${reason}`);
    this.file = file;
    this.offset = offset;
    this.reason = reason;
  }
}

/** Turns whatever made the store's files unusable into the error that a person sees. */
export function toStoreError(error: unknown, verb: string): unknown {
  if (error instanceof DamageError) {
    return new BerthError('StoreCorrupt', {
      object: error.file,
      verb,
      detail: `byte ${error.offset}: ${error.reason}`,
      cause: error,
    });
  }
  if (error instanceof Error && 'code' in error && !(error instanceof BerthError)) {
    return new BerthError('DiskFailed', { object: 'store', verb, detail: error.message, cause: error });
  }
  return error;
}
