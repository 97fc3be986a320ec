/**
 * A patch that cannot be applied. `malformed`: it is no patch at all (HTTP 400). `unprocessable`: it does not fit this
 * object, for instance a failed test (HTTP 422).
 */
export class PatchError extends Error {
  override readonly name = 'PatchError';
  readonly reason: 'malformed' | 'unprocessable';

  constructor(reason: 'malformed' | 'unprocessable', message: string) {
    super(message);
    this.reason = reason;
  }
}
