import type { Application } from './application.ts';
import type { TreeReader } from './tree-reader.ts';

export interface SelectedApplications {
  /** Sorted by name. */
  readonly applications: readonly Application[];
  /** Paths and patterns that lead to no folder of this commit. */
  readonly unmatched: readonly string[];
}

/**
 * Finds the applications of a commit: each path is one, whether its folder is there or not, and a path with `*` in a
 * segment makes one of each folder that matches it. Folders whose name starts with a dot are never matched by a `*`.
 */
export async function selectApplications(
  reader: TreeReader,
  rootTree: string,
  paths: readonly string[],
  rootName: string,
): Promise<SelectedApplications> {
  const folders = new Set<string>();
  const unmatched: string[] = [];
  for (const path of paths) {
    const matches = await matchFolders(reader, rootTree, normalisePath(path));
    const isThere = matches[0] !== undefined && (await reader.findFolder(rootTree, matches[0])) !== undefined;
    if (!isThere) unmatched.push(path);
    for (const match of matches) folders.add(match);
  }
  return { applications: nameApplications([...folders].sort(), rootName), unmatched };
}

async function matchFolders(reader: TreeReader, rootTree: string, path: string): Promise<readonly string[]> {
  if (!path.includes('*')) return [path];
  let matches = ['.'];
  for (const segment of path.split('/')) {
    const next: string[] = [];
    for (const parent of matches) {
      for (const name of await matchSegment(reader, rootTree, parent, segment))
        next.push(parent === '.' ? name : `${parent}/${name}`);
    }
    matches = next;
  }
  return matches;
}

async function matchSegment(
  reader: TreeReader,
  rootTree: string,
  parent: string,
  segment: string,
): Promise<readonly string[]> {
  const folders = await reader.listFolders(rootTree, parent);
  return folders.filter((name) => matchesSegment(segment, name));
}

function matchesSegment(segment: string, name: string): boolean {
  if (!segment.includes('*')) return segment === name;
  const pattern = new RegExp(`^${segment.split('*').map(escapePattern).join('.*')}$`);
  return !name.startsWith('.') && pattern.test(name);
}

/** Whether a path with `*` in it stands for a folder, whether that is there or not. */
export function matchesPattern(pattern: string, path: string): boolean {
  const segments = normalisePath(pattern).split('/');
  const names = path.split('/');
  return (
    segments.length === names.length && segments.every((segment, index) => matchesSegment(segment, names[index] ?? ''))
  );
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/**
 * The last segment names an application; where two share it, their whole paths do, and at last a number tells them
 * apart.
 */
export function nameApplications(paths: readonly string[], rootName: string): readonly Application[] {
  const shortName = (path: string) => cleanName(path === '.' ? rootName : (path.split('/').at(-1) ?? path));
  const uses = new Map<string, number>();
  for (const path of paths) uses.set(shortName(path), (uses.get(shortName(path)) ?? 0) + 1);
  const taken = new Set<string>();
  const applications = paths.map((path) => {
    const wanted = uses.get(shortName(path)) === 1 ? shortName(path) : cleanName(path);
    let name = wanted;
    for (let number = 2; taken.has(name); number++) name = `${wanted}-${number}`;
    taken.add(name);
    return { path, name };
  });
  return applications.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Keeps what is safe in a key, a file name and a terminal. */
function cleanName(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[-.]+/, '') || 'root';
}

/** `./apps//shop/` → `apps/shop`; `.` for the root. */
export function normalisePath(path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  return segments.length === 0 ? '.' : segments.join('/');
}
