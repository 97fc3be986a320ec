import { closeSync, existsSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { BerthError, messageOf } from '../../lib/errors.ts';

/** A file for its owner alone, which takes its place whole or not at all: it may hold a token. */
export interface PrivateFile {
  finish(text: string): void;
  /** Leaves nothing behind; after `finish` it does nothing. */
  discard(): void;
}

/** Throws `UsageInvalid` where no such file can be written, before what belongs into it is there. */
export function openPrivateFile(file: string): PrivateFile {
  if (existsSync(file) && statSync(file).isDirectory()) throw unwritable(file, 'it is a folder');
  const fresh = `${file}.${process.pid}.new`;
  let descriptor: number | undefined = open(fresh, file);
  const close = () => {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  };
  return {
    finish: (text) => {
      if (descriptor === undefined) return;
      writeFileSync(descriptor, text);
      renameSync(fresh, file);
      close();
    },
    discard: () => {
      if (descriptor !== undefined) rmSync(fresh, { force: true });
      close();
    },
  };
}

function open(fresh: string, file: string): number {
  try {
    return openSync(fresh, 'wx', 0o600);
  } catch (error) {
    throw unwritable(file, messageOf(error), error);
  }
}

function unwritable(file: string, detail: string, cause?: unknown): BerthError {
  const help = 'name a file in a folder that is there, and that you may write to';
  return new BerthError('UsageInvalid', { object: file, verb: 'write', detail, help, cause });
}
