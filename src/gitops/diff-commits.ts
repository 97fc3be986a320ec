import { jsonEqual } from '../lib/json.ts';
import { applyDefaults } from '../objects/index.ts';
import { type Change, compareForApply, compareForPrune, diffObjects } from '../plan/index.ts';
import { type DeclaredObject, declaresNothing } from './application.ts';
import type { LoadedCommit, LoadedFolder } from './load-commit.ts';

/** What one application declares differently in two commits. */
export interface ApplicationDiff {
  readonly application: string;
  readonly path: string;
  /** Deletions first, then in the order of applying; unchanged objects are only counted. */
  readonly changes: readonly Change[];
  readonly unchanged: number;
}

/**
 * What differs between what two commits declare, by application: from Git to Git, whatever runs. Objects are compared
 * with their defaults, so that a field that is written out as it was anyway is no change. An application that does not
 * load in the head, or declares nothing any more, has no changes: what runs is kept then.
 */
export function diffCommits(base: LoadedCommit, head: LoadedCommit): readonly ApplicationDiff[] {
  const byName = (commit: LoadedCommit) => new Map(commit.applications.map((one) => [one.application.name, one]));
  const [before, after] = [byName(base), byName(head)];
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.map((name) => diffApplication(name, before.get(name), after.get(name)));
}

function diffApplication(
  name: string,
  before: LoadedFolder | undefined,
  after: LoadedFolder | undefined,
): ApplicationDiff {
  const path = (after ?? before)?.application.path ?? '.';
  const hasErrors = after?.loaded.problems.some(({ severity }) => severity === 'error') === true;
  if (after !== undefined && (hasErrors || declaresNothing(after.loaded)))
    return { application: name, path, changes: [], unchanged: 0 };
  const old = keyed(before);
  const next = keyed(after);
  const deleted = [...old.values()]
    .filter(({ key }) => !next.has(key))
    .sort((a, b) => compareForPrune(a.id, b.id))
    .map(({ id }): Change => ({ action: 'deleted', id, fields: [], ceded: [] }));
  const written: Change[] = [];
  let unchanged = 0;
  for (const declared of [...next.values()].sort((a, b) => compareForApply(a.id, b.id))) {
    const change = diffDeclared(old.get(declared.key), declared);
    if (change === undefined) unchanged++;
    else written.push(change);
  }
  return { application: name, path, changes: [...deleted, ...written], unchanged };
}

function keyed(folder: LoadedFolder | undefined): ReadonlyMap<string, DeclaredObject> {
  return new Map((folder?.loaded.objects ?? []).map((declared) => [declared.key, declared]));
}

function diffDeclared(before: DeclaredObject | undefined, after: DeclaredObject): Change | undefined {
  const { id, origin } = after;
  if (before === undefined) return { action: 'created', id, fields: [], ceded: [], origin };
  if (before.digest === after.digest) return undefined;
  const [old, next] = [before.decode(), after.decode()];
  if (jsonEqual(applyDefaults(old), applyDefaults(next))) return undefined;
  return { action: 'configured', id, fields: diffObjects(old, next), ceded: [], origin };
}
