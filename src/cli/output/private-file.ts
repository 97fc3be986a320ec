import { existsSync, statSync } from 'node:fs';
import { openWholeFile, type WholeFile } from '../../host/linux/write-whole-file.ts';
import { BerthError, messageOf } from '../../lib/errors.ts';

/**
 * A file for its owner alone: it may hold a token. Throws `UsageInvalid` where no such file can be written, before what
 * belongs into it is there.
 */
export function openPrivateFile(file: string): WholeFile {
  if (existsSync(file) && statSync(file).isDirectory()) throw unwritable(file, 'it is a folder');
  try {
    return openWholeFile(file, { mode: 0o600, beside: `${file}.${process.pid}.new` });
  } catch (error) {
    throw unwritable(file, messageOf(error), error);
  }
}

function unwritable(file: string, detail: string, cause?: unknown): BerthError {
  const help = 'name a file in a folder that is there, and that you may write to';
  return new BerthError('UsageInvalid', { object: file, verb: 'write', detail, help, cause });
}
