import type { SourcePlace } from '../lib/errors.ts';
import type { Diagnostic } from '../manifests/index.ts';
import type { FieldPath } from '../objects/field-problem.ts';
import type { KubernetesObject } from '../objects/types.ts';
import type { ChangeCounts, ObjectId } from '../plan/index.ts';
import type { TreeReader } from './tree-reader.ts';

/** One path of the repository with its own inventory, validation, rollout and verdict. */
export interface Application {
  /** Unique; what a person types: the last segment of the path, or the repository's name for its root. */
  readonly name: string;
  /** Relative to the repository's root, `.` for the root. */
  readonly path: string;
}

/** The folder of an application in one commit. */
export interface ApplicationFolder {
  /** Relative to the repository's root, `.` for the root. */
  readonly path: string;
  /** Id of the commit's root tree. */
  readonly rootTree: string;
  readonly reader: TreeReader;
}

/** Turns the files of one application's folder into declared objects and problems. */
export interface ApplicationLoader {
  /**
   * Finds out what the folder is and what it depends on. Resolves to `undefined` when the commit has no such folder.
   */
  open(folder: ApplicationFolder): Promise<OpenedApplication | undefined>;
  /** Drops what is remembered of all other folders: those paths are the applications now. */
  retain?(paths: ReadonlySet<string>): void;
  /**
   * Tells when something outside of repository and store may make loading end otherwise, such as a key of the machine.
   */
  watch?(onChange: () => void): Promise<() => void | Promise<void>>;
}

/** An application's folder that is there. */
export interface OpenedApplication {
  /**
   * Equal when everything that loading depends on is equal: the folder's files, and for what is rendered all files that
   * were read.
   */
  readonly identity: string;
  /** Storage keys of objects whose changes change what is loaded. */
  readonly sources?: readonly string[];
  load(): Promise<LoadedApplication>;
}

/** An object as the repository declares it, ready to be applied. */
export interface DeclaredObject {
  /** Storage key; unique in an application. */
  readonly key: string;
  readonly id: ObjectId;
  /** Decodes the object, frozen; a few microseconds each time, so that ten thousand are not kept in memory twice. */
  readonly decode: () => KubernetesObject;
  /** Equal for manifests that mean the same. */
  readonly digest: string;
  readonly origin: { readonly path: string; readonly line: number };
  /** Finds the line of one field, or of its nearest parent. */
  readonly locate: (path: FieldPath) => SourcePlace;
}

/**
 * A problem of one commit as it is reported. One that is not about a file names the application's folder as its path.
 */
export type ReportedProblem = Diagnostic;

/** What loading one application's folder gave: everything that it declares, and everything that is wrong with it. */
export interface LoadedApplication {
  readonly objects: readonly DeclaredObject[];
  /** Whether more is declared than `objects`, so that no objects do not mean an empty folder. */
  readonly isNarrowed?: boolean;
  /**
   * Whether every object is deleted and made anew where a field changes that may not; else those whose own annotation
   * says so.
   */
  readonly isForced?: boolean;
  readonly problems: readonly ReportedProblem[];
  /** Problems beyond the reported ones. */
  readonly omittedProblems: number;
  /** The same, by file, where it is known. */
  readonly omittedByPath?: ReadonlyMap<string, number>;
  readonly files: number;
  /** YAML documents that are no Kubernetes objects. */
  readonly passedOver: number;
  /** Names what was loaded for the `changes` of a later load; unique in a loader. */
  readonly version?: number;
  /** Set where the same keys are declared as in the version `since`, by the same objects but for these. */
  readonly changes?: { readonly since: number; readonly objects: readonly DeclaredObject[] };
}

/** Whether its commit cannot be carried out, whatever the box says. */
export function hasErrors({ problems }: LoadedApplication): boolean {
  return problems.some(({ severity }) => severity === 'error');
}

export function declaresNothing({ objects, isNarrowed }: LoadedApplication): boolean {
  return objects.length === 0 && isNarrowed !== true;
}

/**
 * What an application declares in the commit; `unknown` while that cannot be loaded without an error: it may be meant
 * to take over anything.
 */
export type Declares = 'unknown' | 'nothing' | 'something';

export function whatIsDeclared(loaded: LoadedApplication): Declares {
  if (hasErrors(loaded)) return 'unknown';
  return declaresNothing(loaded) ? 'nothing' : 'something';
}

/**
 * Where an application stands. `Healthy`, `Degraded`, `Failed`, `TimedOut` and `Invalid` are terminal: they stay until
 * a commit, a person or the world changes something.
 */
export type ApplicationPhase =
  | 'Pending'
  | 'Applying'
  | 'Progressing'
  | 'Healthy'
  | 'Degraded'
  | 'Failed'
  | 'TimedOut'
  | 'Invalid'
  | 'Suspended';

/** The phase as it is shown: one that was healthy and is not any more says so before it has failed at anything. */
export function shownPhase({ phase, reason }: Pick<ApplicationVerdict, 'phase' | 'reason'>): ApplicationPhase {
  return phase === 'Healthy' && reason === 'Progressing' ? 'Progressing' : phase;
}

/** Flux' reasons of the `Ready` condition, so that tools and people know them. */
export type ReadyReason =
  | 'ReconciliationSucceeded'
  | 'Progressing'
  | 'ArtifactFailed'
  | 'BuildFailed'
  | 'ReconciliationFailed'
  | 'HealthCheckFailed'
  | 'HealthCheckCanceled'
  | 'PruneFailed';

export interface ApplicationVerdict {
  readonly phase: ApplicationPhase;
  readonly reason: ReadyReason;
  /** One sentence without a full stop. */
  readonly message: string;
  /** Errors and warnings of the newest commit, errors first. */
  readonly problems: readonly ReportedProblem[];
  readonly omittedProblems: number;
  /** When this phase began, as it is shown; wall time in milliseconds. */
  readonly sinceMs: number;
}

/** One finished attempt, newest first in an application's short history. */
export interface HistoryEntry {
  readonly commit: string;
  readonly phase: ApplicationPhase;
  readonly message: string;
  readonly counts: ChangeCounts;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
}

/** What is remembered of an application across restarts. */
export interface ApplicationRecord {
  readonly name: string;
  readonly path: string;
  /** Newest commit that was looked at. */
  readonly attemptedCommit: string;
  readonly attemptedTree: string;
  /** Newest commit whose objects were all applied; empty before the first. */
  readonly appliedCommit: string;
  readonly appliedTree: string;
  readonly appliedAtMs: number;
  readonly verdict: ApplicationVerdict;
  readonly history: readonly HistoryEntry[];
}

export const TERMINAL_PHASES: ReadonlySet<ApplicationPhase> = new Set([
  'Healthy',
  'Degraded',
  'Failed',
  'TimedOut',
  'Invalid',
  'Suspended',
]);

/** Phases that mean that the newest commit does not run as it should. */
export const FAILED_PHASES: ReadonlySet<ApplicationPhase> = new Set(['Degraded', 'Failed', 'TimedOut', 'Invalid']);
