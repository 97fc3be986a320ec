import { ERROR_CODES } from '../lib/error-codes.ts';
import type { BerthError } from '../lib/errors.ts';
import { formatObject } from '../objects/index.ts';
import type { ChangeProblem } from '../plan/index.ts';
import type { Application, ReportedProblem } from './application.ts';

/** The folder of an application is not in the commit. */
export function pathMissing(path: string): ReportedProblem {
  const { help } = ERROR_CODES.PathMissing;
  return {
    severity: 'error',
    code: 'PathMissing',
    path,
    message: `no path of the configuration leads to a folder ${path} of the commit; what runs is kept`,
    help,
  };
}

/** What an application has may be meant for another one of the commit, which does not declare it. */
export function successorUnloaded({ path }: Application, successor: Application): ReportedProblem {
  const { name } = successor;
  const where = successor.path === path ? `its folder is called ${name} now` : `its folder and that of ${name} are one`;
  return {
    severity: 'error',
    code: 'SuccessorUnloaded',
    path,
    message: `${where}, and ${name} has not loaded or declares nothing; what runs is kept`,
    help: ERROR_CODES.SuccessorUnloaded.help,
  };
}

/**
 * What is left of an application is deleted once the one that has its folder now is healthy, as it would have been by
 * its old name.
 */
export function successorUnproven({ path }: Application, { name }: Application): ReportedProblem {
  return {
    severity: 'error',
    code: 'SuccessorUnproven',
    path,
    message: `its folder is called ${name} now, and ${name} is not healthy yet; what is left of it is kept until then`,
    help: ERROR_CODES.SuccessorUnproven.help,
  };
}

/** The folder could not be read whole. */
export function loadFailed(path: string, error: BerthError): ReportedProblem {
  return { severity: 'error', code: error.code, path, message: error.detail, help: error.help };
}

/** An object that cannot be applied, with the line that causes it. */
export function changeRefused(path: string, { id, code, message, field, place, help }: ChangeProblem): ReportedProblem {
  const excerpt = place?.quote?.();
  const endColumn =
    place?.column === undefined || excerpt === undefined
      ? undefined
      : place.column + excerpt.caretEnd - excerpt.caretStart;
  return {
    severity: 'error',
    code,
    path: place?.path ?? path,
    ...(place?.line === undefined ? {} : { line: place.line }),
    ...(place?.column === undefined ? {} : { column: place.column }),
    ...(excerpt === undefined || endColumn === undefined ? {} : { endColumn, excerpt }),
    object: formatObject(id),
    ...(field === undefined ? {} : { field }),
    message,
    help: help ?? ERROR_CODES[code].help,
  };
}

/** The first problem in one sentence, with how many there are besides. */
export function summariseProblems(problems: readonly ReportedProblem[], omitted: number): string {
  const [first] = problems;
  if (first === undefined) return 'failed';
  const place = first.line === undefined ? first.path : `${first.path}:${first.line}`;
  const subject = first.object === undefined ? '' : `${first.object}: `;
  const others = problems.length + omitted - 1;
  return `${subject}${first.message} (${place})${others > 0 ? `, and ${others} more` : ''}`;
}
