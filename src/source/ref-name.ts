/**
 * Whether a branch may have this name, by the rules of `git check-ref-format --branch`: parts separated by single
 * slashes, none of which starts with a dot or ends in `.lock`, and nothing that a revision expression or a file system
 * could take for something else.
 */
export function isBranchName(name: string): boolean {
  if (name === '' || name === '@' || name.length > 200 || name.startsWith('-') || name.endsWith('.')) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Git forbids control characters in ref names.
  if (/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{/.test(name)) return false;
  return name.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'));
}

/** The full name of a branch. */
export function branchRef(branch: string): string {
  return `refs/heads/${branch}`;
}

/** The branch that a typo most likely meant, if any is close. */
export function nearestBranch(wanted: string, branches: readonly string[]): string | undefined {
  const ranked = branches
    .map((branch) => ({ branch, distance: editDistance(wanted.toLowerCase(), branch.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  if (best !== undefined && best.distance <= Math.max(wanted.length < 4 ? 1 : 2, Math.floor(wanted.length / 3)))
    return best.branch;
  return branches.length === 1 ? branches[0] : undefined;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
