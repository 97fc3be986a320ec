import type { Application } from './application.ts';
import { matchesPattern, type SelectedApplications } from './select-applications.ts';

export interface VanishedApplications {
  /** To be deleted, with everything of it that no other application declares. */
  readonly removed: readonly Application[];
  /** More likely a mistake: what runs is kept and the lack is reported. */
  readonly missing: readonly Application[];
}

/**
 * What becomes of the applications that a commit does not have any more. Ordered rules, the first that matches wins:
 * 1. its folder goes by another name now → removed, its objects pass to that application;
 * 2. a pattern led to its folder and still leads to others → removed, as its folder was; when the pattern leads nowhere any more → missing;
 * 3. its path has left the configuration → removed, but missing while a path of the configuration leads nowhere: that may be its new name, mistyped.
 */
export function computeVanished(
  known: readonly Application[],
  { applications, unmatched }: SelectedApplications,
  paths: readonly string[],
): VanishedApplications {
  const names = new Set(applications.map(({ name }) => name));
  const folders = new Set(applications.map(({ path }) => path));
  const isRemoved = ({ path }: Application) => {
    if (folders.has(path)) return true;
    const patterns = paths.filter((pattern) => pattern.includes('*') && matchesPattern(pattern, path));
    if (patterns.length > 0) return !patterns.every((pattern) => unmatched.includes(pattern));
    return unmatched.length === 0;
  };
  const vanished = known.filter(({ name }) => !names.has(name));
  return {
    removed: vanished.filter((application) => isRemoved(application)),
    missing: vanished.filter((application) => !isRemoved(application)),
  };
}
