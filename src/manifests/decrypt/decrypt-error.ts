import type { ErrorCode } from '../../lib/error-codes.ts';

/** Why a file cannot be decrypted. Its words never contain a value, encrypted or not. */
export class DecryptError extends Error {
  override readonly name = 'DecryptError';
  readonly code: ErrorCode;
  readonly help: string | undefined;
  /** Where the cause stands in the file's text. */
  readonly start: number | undefined;

  constructor(
    message: string,
    options: { readonly code?: ErrorCode; readonly help?: string; readonly start?: number },
  ) {
    super(message);
    this.code = options.code ?? 'DecryptionFailed';
    this.help = options.help;
    this.start = options.start;
  }
}
