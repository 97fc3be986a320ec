import { isApiError } from '../../api/api-error.ts';
import type { ErrorCode } from '../../lib/error-codes.ts';
import { BerthError } from '../../lib/errors.ts';
import { sourceErrorCode } from '../../source/source-problem.ts';
import { EXIT } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/**
 * Prints an error as every error of Berth looks, and returns the exit code. A user's mistake never shows a stack; a bug
 * of Berth does, because that is what a report needs.
 */
export function reportError(thrown: unknown, terminal: Terminal): number {
  const error = fromPort(thrown) ?? fromSystem(thrown) ?? thrown;
  const label = (code: string) => terminal.style('red', `error[${code}]`);
  if (error instanceof BerthError) {
    const subject = [error.object, error.verb].filter((part) => part !== undefined).join(' ');
    terminal.write(`${label(error.code)}: ${subject === '' ? '' : `${subject} failed: `}${error.detail}\n`);
    if (error.help !== '') terminal.write(`help: ${error.help}\n`);
    return error.code === 'ConfigInvalid' || error.code === 'UsageInvalid' ? EXIT.usage : EXIT.error;
  }
  if (isApiError(error)) {
    terminal.write(`${label(error.reason)}: ${error.message}\n`);
    return EXIT.error;
  }
  terminal.write(
    `${terminal.style('red', 'error')}: this is a bug in Berth\n${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return EXIT.error;
}

const SYSTEM_ERRORS: Readonly<Record<string, ErrorCode>> = {
  EACCES: 'RightsMissing',
  EDQUOT: 'DiskFailed',
  EIO: 'DiskFailed',
  ENOSPC: 'DiskFailed',
  EPERM: 'RightsMissing',
  EROFS: 'DiskFailed',
};

/** What the machine refuses a file or a socket is no bug of Berth, wherever it happened. */
function fromSystem(error: unknown): BerthError | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  const code = SYSTEM_ERRORS[String(error.code)];
  return code === undefined ? undefined : new BerthError(code, { detail: error.message, cause: error });
}

/** The errors of ports are told apart by their names: importing their classes would load the drivers. */
const PORT_ERRORS: Readonly<Record<string, ErrorCode>> = {
  RuntimeError: 'DockerMissing',
};

function fromPort(error: unknown): BerthError | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = sourceErrorCode(error) ?? PORT_ERRORS[error.name];
  return code === undefined ? undefined : new BerthError(code, { detail: error.message, cause: error });
}
