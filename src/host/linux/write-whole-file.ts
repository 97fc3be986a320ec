import { closeSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** A file that takes its place with all of its text or not at all. */
export interface WholeFile {
  finish(text: string): void;
  /** Leaves nothing behind; after `finish` it does nothing. */
  discard(): void;
}

export interface WholeFileOptions {
  /** Permissions, less those that the process's mask takes away. */
  readonly mode: number;
  /** Where it is written, in the same folder. Writers that may meet need a name each. */
  readonly beside?: string;
}

/**
 * Throws where the file cannot be written, before its text is there. What an interrupted write has left is replaced.
 */
export function openWholeFile(file: string, { mode, beside = besideOf(file) }: WholeFileOptions): WholeFile {
  rmSync(beside, { force: true });
  let descriptor: number | undefined = openSync(beside, 'wx', mode);
  const close = () => {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  };
  return {
    finish: (text) => {
      if (descriptor === undefined) return;
      writeFileSync(descriptor, text);
      renameSync(beside, file);
      close();
    },
    discard: () => {
      if (descriptor !== undefined) rmSync(beside, { force: true });
      close();
    },
  };
}

/**
 * Readers see the old text or the new one. It does not wait for the disk: after a loss of power it may be the old one.
 */
export function writeWholeFile(file: string, text: string, options: WholeFileOptions): void {
  const opened = openWholeFile(file, options);
  try {
    opened.finish(text);
  } finally {
    opened.discard();
  }
}

/** With what an interrupted write has left. */
export function removeWholeFile(file: string): void {
  for (const path of [file, besideOf(file)]) rmSync(path, { force: true });
}

function besideOf(file: string): string {
  return `${file}.new`;
}
