import type { ChangeCounts } from '../plan/index.ts';
import type {
  Application,
  ApplicationPhase,
  ApplicationRecord,
  ApplicationVerdict,
  HistoryEntry,
  ReadyReason,
  ReportedProblem,
} from './application.ts';

/** The commit that is being brought in. */
export interface Target {
  readonly commit: string;
  /**
   * Id of the application's folder in it, with those of the `.sourceignore` files above it: all that what it declares
   * depends on.
   */
  readonly tree: string;
}

/** One attempt to bring an application to a commit. */
export interface Attempt {
  readonly target: Target;
  readonly startedAtMs: number;
  /** Monotonic start of the rollout's deadline. */
  readonly startedMs: number;
  readonly counts: ChangeCounts;
  readonly isPruned: boolean;
  readonly problems: readonly ReportedProblem[];
  readonly omittedProblems: number;
}

export interface RecordSnapshot {
  readonly application: Application;
  readonly attempt: Attempt;
  readonly verdict: ApplicationVerdict;
  readonly previous: ApplicationRecord | undefined;
  readonly nowMs: number;
}

const HISTORY_LIMIT = 10;
const UNFINISHED: ReadonlySet<ApplicationPhase> = new Set(['Pending', 'Applying', 'Progressing']);

/** Reasons that mean that a commit was not carried out. */
export const REFUSED_REASONS: ReadonlySet<ReadyReason> = new Set([
  'ArtifactFailed',
  'BuildFailed',
  'ReconciliationFailed',
]);

/** What is to be remembered of an application before its first commit is carried out. */
export function computeFirstRecord({ name, path }: Application, verdict: ApplicationVerdict): ApplicationRecord {
  const nothing = { attemptedCommit: '', attemptedTree: '', appliedCommit: '', appliedTree: '', appliedAtMs: 0 };
  return { name, path, ...nothing, verdict, history: [] };
}

/** What is to be remembered of an application after an attempt has come to `verdict`. */
export function computeRecord({ application, attempt, verdict, previous, nowMs }: RecordSnapshot): ApplicationRecord {
  const { phase, message } = verdict;
  const { commit, tree } = attempt.target;
  const isApplied = !REFUSED_REASONS.has(verdict.reason);
  const history = previous?.history ?? [];
  const entry = {
    commit,
    phase,
    message,
    counts: attempt.counts,
    startedAtMs: attempt.startedAtMs,
    finishedAtMs: nowMs,
  };
  return {
    name: application.name,
    path: application.path,
    attemptedCommit: commit,
    attemptedTree: tree,
    appliedCommit: isApplied ? commit : (previous?.appliedCommit ?? ''),
    appliedTree: isApplied ? tree : (previous?.appliedTree ?? ''),
    appliedAtMs: isApplied ? attempt.startedAtMs : (previous?.appliedAtMs ?? 0),
    verdict,
    history: UNFINISHED.has(phase) ? history : addToHistory(history, entry),
  };
}

/** One entry for each attempt: how it stands now, and how long it took until it first came to an end. */
function addToHistory(history: readonly HistoryEntry[], entry: HistoryEntry): readonly HistoryEntry[] {
  const [newest, ...older] = history;
  if (newest?.commit === entry.commit && newest.startedAtMs === entry.startedAtMs) {
    return [{ ...entry, finishedAtMs: newest.finishedAtMs }, ...older];
  }
  return [entry, ...history].slice(0, HISTORY_LIMIT);
}
