import { dirname } from 'node:path';
import { BerthError, messageOf } from '../../lib/errors.ts';

/** Why nobody answers, with what to do about it. */
export function connectionError(socketPath: string, error: unknown): Error {
  const code = (error as NodeJS.ErrnoException).code;
  const verb = 'connect';
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return new BerthError('NotRunning', { verb, detail: `nobody listens on ${socketPath}`, cause: error });
  }
  if (code === 'ENOTDIR') {
    const detail = `${dirname(socketPath)} is no directory`;
    return new BerthError('NotRunning', {
      verb,
      detail,
      help: 'name the data directory with --data-dir',
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const detail = `this user may not open ${socketPath}`;
    return new BerthError('RightsMissing', {
      verb,
      detail,
      help: 'run it as the user that Berth runs as',
      cause: error,
    });
  }
  if (code === 'ABORT_ERR') return error as Error;
  const detail = `the connection to ${socketPath} was lost: ${messageOf(error)}`;
  return new BerthError('ApiUnreachable', { verb, detail, cause: error });
}
