import type { Application, Declares } from './application.ts';
import { matchesPattern, type SelectedApplications } from './select-applications.ts';

export interface VanishedApplications {
  /** To be deleted, with everything of it that no other application declares. */
  readonly removed: readonly Application[];
  /** More likely a mistake: what runs is kept and the lack is reported. */
  readonly missing: readonly Application[];
  /** To be deleted once those have loaded that its objects may pass to; until then what runs is kept. */
  readonly waiting: readonly WaitingApplication[];
}

export interface WaitingApplication {
  readonly application: Application;
  /** The first that what it has may be meant for, and that does not declare it. */
  readonly successor: Application;
}

export interface VanishedSnapshot {
  /** Applications that there were so far. */
  readonly known: readonly Application[];
  /** Those of the commit. */
  readonly selected: SelectedApplications;
  /** Of the configuration. */
  readonly paths: readonly string[];
  readonly declares: (application: Application) => Declares;
}

/**
 * What becomes of the applications that a commit does not have any more. Ordered rules, the first that matches wins:
 * 1. its folder, or one in it or around it, is an application that has not loaded → waiting: what it has may be meant for that one; so too where its
 *    very folder declares nothing any more;
 * 2. its folder goes by another name now → removed, its objects pass to that application;
 * 3. a pattern led to its folder and still leads to others → removed, as its folder was; when the pattern leads nowhere any more → missing;
 * 4. its path has left the configuration → removed, but missing while a path of the configuration leads nowhere: that may be its new name, mistyped.
 */
export function computeVanished({ known, selected, paths, declares }: VanishedSnapshot): VanishedApplications {
  const { applications, unmatched } = selected;
  const names = new Set(applications.map(({ name }) => name));
  const folders = new Set(applications.map(({ path }) => path));
  const isRemoved = ({ path }: Application) => {
    if (folders.has(path)) return true;
    const patterns = paths.filter((pattern) => pattern.includes('*') && matchesPattern(pattern, path));
    if (patterns.length > 0) return !patterns.every((pattern) => unmatched.includes(pattern));
    return unmatched.length === 0;
  };
  const vanished = known.filter(({ name }) => !names.has(name));
  const waiting = vanished.flatMap((application) => {
    const successor = applications
      .filter((one) => isRelated(one.path, application.path))
      .find((one) => declares(one) === 'unknown' || (one.path === application.path && declares(one) === 'nothing'));
    return successor === undefined ? [] : [{ application, successor }];
  });
  const free = vanished.filter((one) => !waiting.some(({ application }) => application === one));
  return { removed: free.filter(isRemoved), missing: free.filter((one) => !isRemoved(one)), waiting };
}

/** Whether one folder is the other, or lies within it. */
function isRelated(a: string, b: string): boolean {
  return isWithin(a, b) || isWithin(b, a);
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || folder === '.' || path.startsWith(`${folder}/`);
}
