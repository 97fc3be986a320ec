import type { DeclaredObject, LoadedApplication } from './application.ts';

export interface CandidateSnapshot {
  readonly loaded: LoadedApplication;
  /** The version whose objects were all applied, without any problem; `undefined` when that is not known. */
  readonly appliedVersion: number | undefined;
  /** Keys that are looked at in any case: what somebody touched, and what is declared without being applied. */
  readonly touched: readonly string[];
  /** What `loaded` declares, by key. */
  readonly declared: ReadonlyMap<string, DeclaredObject>;
}

/** What may have to be applied: everything, or where all of the last version was applied, what is another since. */
export function selectCandidates(snapshot: CandidateSnapshot): readonly DeclaredObject[] {
  const { loaded, appliedVersion, touched, declared } = snapshot;
  if (loaded.changes === undefined || loaded.changes.since !== appliedVersion) return loaded.objects;
  const candidates = new Set(loaded.changes.objects);
  for (const key of touched) {
    const object = declared.get(key);
    if (object !== undefined) candidates.add(object);
  }
  return [...candidates];
}
