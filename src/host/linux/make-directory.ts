import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { BerthError, messageOf } from '../../lib/errors.ts';

/**
 * Makes what is missing of a path (0700), step by step: Node's own way never comes back where a folder that is there
 * takes none (`/proc`), and nothing but a kill ends it. Throws `ConfigInvalid` with `help` where there can be no
 * folder.
 */
export function makeDirectory(directory: string, help: string): void {
  for (const folder of withParents(directory)) {
    const problem = makeFolder(folder, directory);
    if (problem === undefined) continue;
    const { detail, cause } = problem;
    throw new BerthError('ConfigInvalid', { object: directory, verb: 'open', detail, help, cause });
  }
}

/** From the root on. */
function withParents(directory: string): readonly string[] {
  const parent = path.dirname(directory);
  return parent === directory ? [directory] : [...withParents(parent), directory];
}

function makeFolder(
  folder: string,
  directory: string,
): { readonly detail: string; readonly cause?: unknown } | undefined {
  try {
    const stats = statSync(folder, { throwIfNoEntry: false });
    if (stats?.isDirectory() === true) return undefined;
    if (stats !== undefined) return { detail: `${folder === directory ? 'it' : folder} is a file` };
  } catch (cause) {
    return { detail: `${folder} cannot be looked at (${messageOf(cause)})`, cause };
  }
  try {
    mkdirSync(folder, { mode: 0o700 });
    return undefined;
  } catch (cause) {
    // Somebody else may have made it meanwhile.
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return undefined;
    return { detail: `no folder can be made in ${path.dirname(folder)} (${messageOf(cause)})`, cause };
  }
}
